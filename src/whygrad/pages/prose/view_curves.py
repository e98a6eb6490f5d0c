"""What the explorable page says of curves, surfaces, norms, and a run."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {
    # ---- the descent
    "view.training.heading": ("Training", "训练"),
    "view.training.sum": (
        "Iteration {it}: total error {now} (at the start {first})",
        "第 {it} 次迭代：总误差 {now}（开始时为 {first}）",
    ),
    "view.training.play": ("play", "播放"),
    "view.training.pause": ("pause", "暂停"),
    "view.training.play.key": (
        "Iteration after iteration, faster and faster (space bar)",
        "逐次迭代，越来越快（空格键）",
    ),
    "view.training.back": ("One iteration back", "后退一次迭代"),
    "view.training.on": ("One iteration on", "前进一次迭代"),
    "view.training.jumps": ("Jump to an iteration", "跳到某次迭代"),
    "view.training.jump": ("To iteration {it}", "跳到第 {it} 次迭代"),
    "view.training.to": ("to iteration", "跳到迭代"),
    "view.training.wrong": (
        "A whole number from 0 to {most}, please.",
        "请输入 0 到 {most} 之间的整数。",
    ),
    "view.training.waiting": ("Working out the iterations", "正在计算各次迭代"),
    "view.training.stop": ("Stop here", "停在这里"),
    "view.training.axis": ("How the iterations are spaced", "迭代轴的刻度"),
    "view.training.axis.log": ("logarithmic", "对数轴"),
    "view.training.axis.linear": ("linear", "线性轴"),
    "view.training.x": ("iterations", "迭代次数"),
    "view.training.y": ("total error", "总误差"),
    "view.training.slider": (
        "Iteration, along the curve of the total error",
        "沿总误差曲线选择迭代",
    ),
    "view.training.told": ("iteration {it}, total error {loss}", "第 {it} 次迭代，总误差 {loss}"),
    "view.training.curve": (
        "The total error over {made} iterations: from {first} to {last}.",
        "{made} 次迭代中的总误差：从 {first} 到 {last}。",
    ),
    "view.training.ended": (
        "The descent ends at iteration {it}: the total error is {loss} there, no longer a number to "
        "go on with. Try a smaller learning rate than {rate}.",
        "梯度下降在第 {it} 次迭代处中断：总误差变成了 {loss}，无法再继续。请试试比 {rate} 更小的学习速率。",
    ),
    "view.training.descent": (
        "Plain gradient descent {on}, with learning rate {rate}.",
        "普通梯度下降，{on}，学习速率 {rate}。",
    ),
    "view.training.descent.by": (
        "Descent by {rule} {on}, with learning rate {rate}.",
        "用 {rule} 规则下降，{on}，学习速率 {rate}。",
    ),
    "view.training.on.only": ("on the one sample", "使用唯一的样本"),
    "view.training.on.one": ("on sample {row} alone", "只使用第 {row} 个样本"),
    "view.training.on.all": ("on all {samples} samples at once", "每次使用全部 {samples} 个样本"),
    "view.training.simultaneous": (
        "All weights move at once, by gradients from the old weights.",
        "所有权重同时更新，梯度都用旧权重计算。",
    ),
    "view.training.sequential": (
        "Layer after layer from the output backwards: the gradients of earlier layers already see "
        "the new weights behind them.",
        "从输出层开始逐层更新：前面各层的梯度用后面已更新的权重计算。",
    ),
    "view.training.biases": ("Biases stay as they are.", "偏置不更新。"),
    "view.training.beyond": (
        "The file also asks for what is left out here: {options}.",
        "文件中还有这里未采用的选项：{options}。",
    ),
    # ---- what the network computes
    "view.surface.heading": ("What the network computes", "网络计算的函数"),
    "view.surface.output": ("output", "输出"),
    "view.surface.plane": (
        "{output} as colours over {x} (across) and {y} (up).",
        "以颜色表示 {output}：横轴 {x}，纵轴 {y}。",
    ),
    "view.surface.curve": ("{output} as a curve over {input}.", "{output} 随 {input} 变化的曲线。"),
    "view.surface.half": ("The dashed line is where {output} is 0.5.", "虚线处 {output} 为 0.5。"),
    "view.surface.marks": (
        "A round mark is a sample with a high target, a square one has a low one.",
        "圆点样本的目标值高，方块样本的目标值低。",
    ),
    "view.surface.click": ("Click a mark to look at its sample.", "点击标记可查看该样本。"),
    "view.surface.click.one": (
        "Click into the plane to set the two inputs.",
        "点击平面可设定两个输入。",
    ),
    "view.surface.mark": (
        "sample {row}: output {output}, target {target}",
        "样本 {row}：输出 {output}，目标值 {target}",
    ),
    "view.surface.range": (
        "Here {output} runs from {least} to {most}.",
        "图中 {output} 的取值从 {least} 到 {most}。",
    ),
    "view.surface.samples": ("At the samples: {each}.", "在各样本处：{each}。"),
    "view.surface.sample": (
        "({at}) gives {output}, target {target}",
        "({at}) 得 {output}，目标值 {target}",
    ),
    # ---- gradient norms
    "view.norms.heading": ("How large the gradients are", "梯度的大小"),
    "view.norms.layer": ("layer", "层"),
    "view.norms.weights": ("weights", "权重个数"),
    "view.norms.norm": ("norm of their gradient now", "当前梯度的范数"),
    "view.norms.caption": ("The norm of each layer's gradient now", "各层梯度当前的范数"),
    "view.norms.of": ("layer {layer}", "第 {layer} 层"),
    "view.norms.x": ("iterations", "迭代次数"),
    "view.norms.y": ("norm of the gradient", "梯度的范数"),
    "view.norms.summary": (
        "The norm of each layer's gradient over the iterations made.",
        "各层梯度的范数随迭代的变化。",
    ),
    "view.norms.vanishes": (
        "The gradient vanishes on its way back: layer 1 has 1/{factor} of what layer {last} has.",
        "梯度在反向传播中消失：第 1 层的梯度只有第 {last} 层的 {factor} 分之一。",
    ),
    "view.norms.explodes": (
        "The gradient grows on its way back: layer 1 has {factor} times as much as layer {last}.",
        "梯度在反向传播中爆炸：第 1 层的梯度是第 {last} 层的 {factor} 倍。",
    ),
    "view.norms.cut": (
        "Nothing of the gradient reaches layer 1, though layer {last} has some.",
        "第 {last} 层还有梯度，但没有梯度传到第 1 层。",
    ),
    "view.norms.zero": (
        "Every gradient is 0 here: nothing moves.",
        "此处所有梯度都是 0：权重不再变化。",
    ),
    # ---- a run
    "view.run.heading": ("The run", "训练记录"),
    "view.run.live": ("It is training now.", "正在训练。"),
    "view.run.stopped": ("It has ended: {reason}.", "训练已结束。whygrad 的原话（英文）：{reason}"),
    "view.run.remarks": ("To be known:", "说明（whygrad 的原话，英文）："),
    "view.run.silent": (
        "Nothing new is being written to its folder.",
        "训练记录的文件夹里没有新的内容。",
    ),
    "view.run.lost": (
        "The server does not answer just now; it will be asked again.",
        "服务器暂时没有响应，稍后会再次询问。",
    ),
    "view.run.best": (
        "The best epoch, {epoch}, is ringed.",
        "最好的一轮是第 {epoch} 轮（图中圈出）。",
    ),
    "view.run.empty": ("It has no rows yet.", "还没有记录。"),
    "view.run.renew": ("Take the newest weights", "使用最新的权重"),
    "view.run.epoch": ("epochs", "轮次"),
    "view.run.iteration": ("iterations", "迭代次数"),
    "view.run.at.epoch": ("epoch {at}", "第 {at} 轮"),
    "view.run.at.iteration": ("iteration {at}", "第 {at} 次迭代"),
    "view.run.line": ("{label}: from {first} to {last}", "{label}：从 {first} 到 {last}"),
    "view.run.loss": ("loss", "损失"),
    "view.run.accuracy": ("accuracy", "准确率"),
    "view.run.rmse": ("root mean squared error", "均方根误差"),
    "view.run.rate": ("learning rate", "学习速率"),
    "view.run.gradients": ("norm of the gradient", "梯度的范数"),
    "view.run.updates": ("step as a share of the weights", "更新量与权重之比"),
    "view.run.dead": ("share of dead units", "失活单元的比例"),
    "view.run.saturated": ("share of saturated slopes", "饱和的比例"),
    "view.run.training": ("training", "训练"),
    "view.run.validation": ("validation", "验证"),
    "view.run.layer": ("layer {layer}", "第 {layer} 层"),
}
