"""What the explorable page says of the drawn network, and of the steps of an iteration."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {
    # ---- the drawing
    "view.network.label": (
        "The network. Arrow keys go from number to number, Enter shows its derivation.",
        "网络。方向键在各数值之间移动，回车键显示其推导。",
    ),
    "view.edges": ("What the edges show", "连线显示的内容"),
    "view.edges.value": ("Weights", "权重"),
    "view.edges.gradient": ("Gradients", "梯度"),
    "view.legend.value": (
        "An edge is a weight: blue above 0, orange and dashed below; the thickest is {most}.",
        "每条连线是一个权重：正值为蓝色，负值为橙色虚线；最粗的为 {most}。",
    ),
    "view.legend.gradient": (
        "An edge is a weight's gradient: blue above 0, orange and dashed below; the thickest is {most}.",
        "每条连线是一个权重的梯度：正值为蓝色，负值为橙色虚线；最粗的为 {most}。",
    ),
    "view.legend.batch": (
        "Neurons and the factors on a way show sample {k}, its part of the sum; gradients and the total error are of all {n} samples.",
        "神经元与路径上的因子显示第 {k} 个样本，即总和中它的那一部分；梯度和总误差是全部 {n} 个样本的。",
    ),
    "view.edge": (
        "{name}, from {tail} to {head}: {value}, gradient {gradient}",
        "{name}，从 {tail} 到 {head}：{value}，梯度 {gradient}",
    ),
    "view.target": ("target", "目标值"),
    "view.samples": ("Samples", "样本"),
    "view.samples.all": ("All samples", "全部样本"),
    "view.samples.one": ("One sample", "单个样本"),
    "view.sample": ("{k} of {n}", "第 {k} 个，共 {n} 个"),
    "view.sample.before": ("The sample before", "上一个样本"),
    "view.sample.next": ("The next sample", "下一个样本"),
    # ---- the steps
    "view.step.forward": ("Forward {layer}", "前向传播 {layer}"),
    "view.step.error": ("Error", "误差"),
    "view.step.backward": ("Backward {layer}", "反向传播 {layer}"),
    "view.step.update": ("Update", "更新"),
    "view.step.all": ("Everything", "全部"),
    "view.step.back": ("One step back", "后退一步"),
    "view.step.on": ("One step on", "前进一步"),
    "view.step.back.key": ("One step back (←)", "后退一步（←）"),
    "view.step.on.key": ("One step on (→)", "前进一步（→）"),
    "view.step.of": ("Iteration {it}", "第 {it} 次迭代"),
}
