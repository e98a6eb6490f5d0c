"""What the worked solution says: the parts of a page, why a gradient is what it is, graphs."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {
    # ---- the parts of a page
    "explain.title": ("The network {sizes}, worked out", "网络 {sizes} 的完整推导"),
    "part.network": ("The network and its numbers", "网络与已知数值"),
    "part.forward": ("Step 1: forward", "第一步：前向传播"),
    "part.error": ("The error", "总误差"),
    "part.backward": ("Step 2: backward", "第二步：反向传播"),
    "network.summary": (
        "Layers {sizes}; activations {activations}; loss {loss}; samples: {samples}.",
        "各层神经元数 {sizes}；激活函数 {activations}；损失函数 {loss}；样本数 {samples}。",
    ),
    "network.caption": (
        "The network with its values.",
        "网络及其各处的数值。",
    ),
    "network.given": ("Given", "已知"),
    "network.rate": ("Learning rate {rate}.", "学习速率 {rate}。"),
    "network.biases_stay": (
        "The biases are not trained.",
        "截距项（偏置）不参与训练。",
    ),
    "rounding": (
        "Numbers are rounded for printing; ≈ where the printed ones would give another last digit.",
        "数字为显示而四舍五入；若按显示的数字计算末位会不同，则写作 ≈。",
    ),
    "notation.indexed": (
        "In w⁽ˡ⁾ⱼₖ the layer stands above; below, first the neuron that the weight leads to, then "
        "the one that it comes from.",
        "记号 w⁽ˡ⁾ⱼₖ 中，上标为层号；下标先写权重指向的神经元，再写它来自的神经元。",
    ),
    "table.more": (
        "… and {count} more (--all shows every one, --of NAME any one).",
        "……其余 {count} 个从略（--all 全部列出，--of 名称 查看任意一个）。",
    ),
    "forward.hidden": (
        "Layer {layer}: to the hidden neurons",
        "第 {layer} 层：输入到隐含层的神经元",
    ),
    "forward.output": (
        "Layer {layer}: to the output neurons",
        "第 {layer} 层：到输出层的神经元",
    ),
    "forward.tied": (
        "The weights are tied: the decoder has those of layer {layer}, transposed; {again} is "
        "{weight} in its second place.",
        "权重绑定（tied weights）：解码器使用第 {layer} 层权重的转置；{again} 就是 {weight} 在解码器中的再次使用。",
    ),
    "error.sparse": (
        "The code is to be sparse: each unit's mean activity over the samples, {mean}, is compared with "
        "the wanted {rho} by the Kullback–Leibler divergence KL, and {beta} weighs the sum.",
        "编码要求稀疏：用 KL 散度（Kullback–Leibler）比较每个单元在所有样本上的平均激活度 {mean} 与期望值 "
        "{rho}，其和乘以 {beta}。",
    ),
    "forward.likewise": ("The others likewise:", "其余同理："),
    "head.net": ("net input", "净输入 net"),
    "head.out": ("output", "输出 out"),
    "head.delta": ("delta", "误差项 δ"),
    "head.errors": ("Errors", "误差"),
    "head.activity": ("Units of the code", "编码单元"),
    "backward.idea": (
        "How does the error change when a weight changes a little? By the chain rule that is a "
        "product: walk back from the error to the weight and multiply what lies on the way. What "
        "was found for a later layer is used again in the layer before it.",
        "权重稍有变化时，总误差如何变化？由链式法则，它是一个乘积：从误差出发往回走到该权重，把沿途各项"
        "相乘。后一层求出的结果，前一层接着使用。",
    ),
    "backward.output": (
        "Layer {layer}: the weights of the output layer",
        "第 {layer} 层：输出层的权重",
    ),
    "backward.hidden": (
        "Layer {layer}: the weights of a hidden layer",
        "第 {layer} 层：隐含层的权重",
    ),
    "weight.in_full": ("{weight} in full", "以 {weight} 为例"),
    "path.caption": (
        "The way from the error back to {weight}.",
        "误差沿此路径反向传播到 {weight}。",
    ),
    "meeting.caption": (
        "The errors that meet on the way back to {weight}.",
        "各输出的误差在通往 {weight} 的途中汇合。",
    ),
    "way.sample": (
        "The drawing shows sample {sample}, which contributes most: {share}.",
        "图中所示为贡献最大的样本 {sample}：{share}。",
    ),
    "way.part": (
        "The drawing shows the way along the neurons: {share}; the other uses are added below.",
        "图中所示为经由各神经元的路径：{share}；其余各处的贡献在下面相加。",
    ),
    "rest.meaning": (
        "A long sum shows its largest terms; {rest} is the sum of the other {terms}.",
        "长的和式只列出最大的几项；{rest} 表示其余 {terms} 项之和。",
    ),
    "general.form": ("Put together, the general form is", "代入各因子，得一般形式"),
    "delta.form": (
        "With δ for what has reached a neuron's net input, it is shorter:",
        "把传到神经元净输入处的误差记作 δ，则可简写为：",
    ),
    "delta.title": ("δ of each neuron", "各神经元的 δ"),
    "delta.meaning": (
        "δ is how the error changes with a neuron's net input.",
        "δ 表示总误差对神经元净输入的偏导数。",
    ),
    "gradients.title": ("Every gradient of the layer", "本层所有梯度"),
    "gradients.tied": (
        "The tied weights are those of layer {layer}: what their use here adds to their gradients.",
        "绑定的权重属于第 {layer} 层：以下是它们在本层的使用对其梯度的贡献。",
    ),
    "update.title": ("The step", "更新"),
    "update.sequential": (
        "The layers behind this one have moved already: its gradients are worked out with their new weights, and with the activations as they were. That is why they are not those above.",
        "后面的层已经更新：本层的梯度用它们的新权重和原来的激活值计算，因此与上面的梯度不同。",
    ),
    # ---- why
    "why.title": ("Why {target} is what it is", "{target} 的由来"),
    "rule.errors": (
        "{what} takes part in more than one output, so the errors of all of them come back to it; "
        "they are added.",
        "{what} 影响多个输出，因此各输出的误差都会传回来；把它们相加。",
    ),
    "rule.samples": (
        "{what} is used for every sample; the parts of the samples are added.",
        "每个样本都用到 {what}；把各样本的贡献相加。",
    ),
    "rule.uses": (
        "{what} is used in more than one place; the parts of all its uses are added.",
        "{what} 在多处被使用；把各处的贡献相加。",
    ),
    "rule.paths": (
        "Several ways lead from {what} to the error; they are added.",
        "从 {what} 到总误差有多条路径；把它们相加。",
    ),
    "rule.cut": (
        "No way leads on: {through} selects nothing here, so the gradient of {what} is 0.",
        "此路不通：{through} 在这里什么也不选取，所以 {what} 的梯度为 0。",
    ),
    "rule.unused": (
        "The error does not depend on {what}.",
        "总误差与 {what} 无关。",
    ),
    "kink": (
        "{what} = {number} sits at a kink of {op}: on its left the slope is {left}, on its right "
        "{right}. The convention that was used: {convention}.",
        "{what} = {number} 正处在 {op} 的尖点：左侧斜率为 {left}，右侧斜率为 {right}。所用的约定：{convention}。",
    ),
    "kink.0 at 0": ("0 at 0", "在 0 处取 0"),
    "kink.0 where out = target": ("0 where out = target", "在 out = target 处取 0"),
    "kink.the slope at 0": ("the slope at 0", "在 0 处取斜率 slope"),
    "kink.alpha at 0": ("alpha at 0", "在 0 处取 alpha"),
    "kink.1 at both borders": ("1 at both borders", "在两个边界处都取 1"),
    "kink.0 at both borders": ("0 at both borders", "在两个边界处都取 0"),
    "kink.0 at the tip and at both ends": ("0 at the tip and at both ends", "在顶点和两端都取 0"),
    "kink.0 at the origin": ("0 at the origin", "在原点处取 0"),
    "kink.where both are equal, each takes half of the gradient": (
        "where both are equal, each takes half of the gradient",
        "两者相等时，各取梯度的一半",
    ),
    "kink.equal maxima share the gradient": (
        "equal maxima share the gradient",
        "并列的最大值平分梯度",
    ),
    "kink.the first of equal maxima takes the gradient": (
        "the first of equal maxima takes the gradient",
        "并列的最大值中，第一个取得全部梯度",
    ),
    "kink.at exponent 0 the base, at base 0 the exponent has gradient 0": (
        "at exponent 0 the base, at base 0 the exponent has gradient 0",
        "指数为 0 时底数的梯度取 0，底数为 0 时指数的梯度取 0",
    ),
    "kink.ln ≥ −100 and out · (1 − out) ≥ 1e-12, as PyTorch": (
        "ln ≥ −100 and out · (1 − out) ≥ 1e-12, as PyTorch",
        "取 ln ≥ −100，且 out · (1 − out) ≥ 1e-12，与 PyTorch 相同",
    ),
    "proved": (
        "✓ by finite differences (turned a hair both ways): {number}",
        "✓ 差商验证（向两侧各拨一丝）：{number}",
    ),
    # ---- graphs
    "graph.title": ("A traced function, worked out", "所追踪函数的推导"),
    "graph.summary": (
        "{nodes} nodes; the result is {loss}.",
        "共 {nodes} 个节点；结果为 {loss}。",
    ),
    "graph.ask": (
        'Ask for any one number: trace.why("NAME[0,0]").',
        '查看任意一个数的由来：trace.why("NAME[0,0]")。',
    ),
    "node.given": ("given", "已知"),
    "head.node": ("node", "节点"),
    "head.made": ("operation", "运算"),
    "head.from": ("of", "作用于"),
    "head.shape": ("shape", "形状"),
    "head.size": ("norm", "范数"),
    "head.gradient": ("norm of gradient", "梯度范数"),
}
