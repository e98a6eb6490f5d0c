"""What is said of gradients that are zero, tiny or huge."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {
    # ---- why a gradient has its size
    "gradient.title": ("Why the gradient of {what} is {value}", "{what} 的梯度为何是 {value}"),
    "gradient.dead": (
        "Dead: {op} gets {at} = {number} and passes no gradient on.",
        "失活：{op} 得到 {at} = {number}，不再传递梯度。",
    ),
    "gradient.dead_signal": (
        "Dead: the neuron before it is off, {at} = {number}, and the gradient is a multiple of that.",
        "失活：它前面的神经元没有激活，{at} = {number}，而梯度是它的倍数。",
    ),
    "gradient.saturated": (
        "Saturated: {op} is flat at {at} = {number}; its slope there is {slope}.",
        "饱和：{op} 在 {at} = {number} 处是平的，那里的导数为 {slope}。",
    ),
    "gradient.zero_input": (
        "Zero input: {at} = {number}, and the gradient is a multiple of that.",
        "输入为零：{at} = {number}，而梯度是它的倍数。",
    ),
    "gradient.zero_signal": (
        "Zero signal: {at} = {number}, and the gradient is a multiple of that.",
        "信号为零：{at} = {number}，而梯度是它的倍数。",
    ),
    "gradient.zero_weight": (
        "Zero weight: the way on goes through {at} = {number}.",
        "权重为零：继续往前的路要经过 {at} = {number}。",
    ),
    "gradient.masked": (
        "Masked: {op} does not select {at} = {number}, so nothing comes back to it.",
        "被掩码：{op} 没有选中 {at} = {number}，所以没有梯度传回。",
    ),
    "gradient.multiplied": (
        "Masked: it is multiplied by {at} = {number}.",
        "被掩码：它被乘以 {at} = {number}。",
    ),
    "gradient.not_largest": (
        "Not chosen: {op} takes another number than {at} = {number}; the gradient goes there.",
        "未被选取：{op} 取的不是 {at} = {number}，梯度传给了被选取的数。",
    ),
    "gradient.clipped": (
        "Clipped: {at} = {number} lies outside of the borders, where clip is flat.",
        "被截断：{at} = {number} 在界限之外，clip 在那里是平的。",
    ),
    "gradient.cut": (
        "Cut: {op} passes no gradient on.",
        "被切断：{op} 不传递梯度。",
    ),
    "gradient.unused": (
        "Cut: no way leads from {what} to the loss.",
        "被切断：从 {what} 没有任何路径通向总误差。",
    ),
    "gradient.kink": (
        "At a kink: {op} has two slopes at {at} = {number}, and its convention chooses 0.",
        "在尖点处：{op} 在 {at} = {number} 处有两个斜率，约定取 0。",
    ),
    "gradient.flat": (
        "Flat: {op} does not change with {at} = {number}.",
        "平坦：{op} 不随 {at} = {number} 变化。",
    ),
    "gradient.optimum": (
        "At the optimum: the error is 0 there, {at} = {number}, so nothing pulls.",
        "已在最优处：那里的误差为 0，{at} = {number}，没有任何拉力。",
    ),
    "gradient.cancelling": (
        "Cancelling: {count} ways lead on from {at}, and their parts add up to almost nothing.",
        "相互抵消：从 {at} 出发有 {count} 条路径，各部分相加几乎为零。",
    ),
    "gradient.vanishing": (
        "Vanishing: {count} slopes lie on the way, each under 1; multiplied they leave almost "
        "nothing.",
        "梯度消失：沿途有 {count} 个小于 1 的导数，连乘之后几乎什么也不剩。",
    ),
    "gradient.exploding": (
        "Exploding: {count} weights on the way are over 1; multiplied they grow.",
        "梯度爆炸：沿途有 {count} 个大于 1 的权重，连乘之后不断增大。",
    ),
    "gradient.small_input": (
        "Small input: {at} = {number}, and the gradient is a multiple of that.",
        "输入很小：{at} = {number}，而梯度是它的倍数。",
    ),
    "gradient.small_signal": (
        "Small signal: {at} = {number}, and the gradient is a multiple of that.",
        "信号很小：{at} = {number}，而梯度是它的倍数。",
    ),
    "gradient.small_weight": (
        "Small weight: the way on goes through {at} = {number}.",
        "权重很小：继续往前的路要经过 {at} = {number}。",
    ),
    "gradient.small_error": (
        "Near the optimum: the error's own slope is only {slope}.",
        "接近最优：误差自身的导数只有 {slope}。",
    ),
    "gradient.mean": (
        "A mean over many: each number counts only {slope} of it.",
        "对很多数取平均：每个数只占 {slope}。",
    ),
    "gradient.large_input": (
        "Large input: {at} = {number}, and the gradient is a multiple of that.",
        "输入很大：{at} = {number}，而梯度是它的倍数。",
    ),
    "gradient.large_signal": (
        "Large signal: {at} = {number}, and the gradient is a multiple of that.",
        "信号很大：{at} = {number}，而梯度是它的倍数。",
    ),
    "gradient.large_weight": (
        "Large weight: the way on goes through {at} = {number}.",
        "权重很大：继续往前的路要经过 {at} = {number}。",
    ),
    "gradient.large_error": (
        "Large error: the error's own slope is {slope}.",
        "误差很大：误差自身的导数为 {slope}。",
    ),
    "gradient.steep": (
        "Steep: {op} at {at} = {number} has the slope {slope}.",
        "陡峭：{op} 在 {at} = {number} 处的导数为 {slope}。",
    ),
    "gradient.ordinary": (
        "An ordinary gradient: neither zero nor tiny nor huge beside the others.",
        "普通的梯度：与其他梯度相比，既不为零，也不过小或过大。",
    ),
    # ---- what to do
    "do.dead": (
        "A smaller learning rate, init = he, or leaky_relu.",
        "可减小学习速率、用 init = he，或改用 leaky_relu。",
    ),
    "do.dead_signal": (
        "Bring the neuron before it back: a smaller learning rate, init = he, or leaky_relu.",
        "让前面的神经元重新激活：减小学习速率、用 init = he，或改用 leaky_relu。",
    ),
    "do.saturated": (
        "Scale the inputs, take smaller first weights, or a loss that reads the net input "
        "(binary_cross_entropy_with_logits, softmax_cross_entropy).",
        "可缩放输入、取更小的初始权重，或使用直接读取净输入的损失"
        "（binary_cross_entropy_with_logits、softmax_cross_entropy）。",
    ),
    "do.zero_input": (
        "A weight from an input that is 0 learns nothing from this sample; shift or leave out an "
        "input that is always 0.",
        "来自零输入的权重从该样本学不到东西；总是为 0 的输入应平移或去掉。",
    ),
    "do.zero_signal": (
        "The neuron before it says 0 here; ask why its value is what it is.",
        "它前面的神经元在此输出 0；请查看其数值的由来。",
    ),
    "do.zero_weight": (
        "First weights of 0 pass nothing back: draw them at random.",
        "全为 0 的初始权重不会传回任何梯度：请随机初始化。",
    ),
    "do.masked": ("If it should learn, change the mask.", "若希望它学习，请修改掩码。"),
    "do.not_largest": (
        "That is what a maximum does; a softmax or logsumexp lets all take part.",
        "取最大值本来如此；softmax 或 logsumexp 能让所有数都参与。",
    ),
    "do.clipped": (
        "Widen the borders, or clip the gradient instead of the number.",
        "放宽界限，或者截断梯度而不是截断数值。",
    ),
    "do.cut": (
        "If a gradient is wanted, take a smooth operation in its place.",
        "若需要梯度，请换成光滑的运算。",
    ),
    "do.unused": ("Use it in the loss, or do not train it.", "在损失中用到它，或者不训练它。"),
    "do.kink": (
        "Move the number off the kink, by another first value say: beside it there is a slope.",
        "让该数离开尖点（例如换一个初值）：旁边就有斜率。",
    ),
    "do.flat": (
        "Nothing to do at this point: it is flat here.",
        "在这一点上无计可施：这里是平的。",
    ),
    "do.optimum": (
        "Nothing to do: this sample is learned.",
        "无需处理：这个样本已经学会。",
    ),
    "do.cancelling": (
        "Look at the parts: where they cancel for all samples, the samples contradict each other.",
        "查看各部分：若在所有样本上都抵消，说明样本相互矛盾。",
    ),
    "do.vanishing": (
        "Fewer layers, relu or tanh in place of sigmoid, init = he or glorot, or skip connections.",
        "减少层数、用 relu 或 tanh 代替 sigmoid、用 init = he 或 glorot，或加跳跃连接。",
    ),
    "do.exploding": (
        "Smaller first weights (init = glorot), or clip_norm = 1.",
        "取更小的初始权重（init = glorot），或设 clip_norm = 1。",
    ),
    "do.small_input": (
        'Scale the inputs (scale = "standard").',
        '缩放输入（scale = "standard"）。',
    ),
    "do.small_signal": (
        "Look at the layer before: its outputs are close to 0.",
        "查看前一层：它的输出接近 0。",
    ),
    "do.small_weight": (
        "Larger first weights (init = glorot or he).",
        "取更大的初始权重（init = glorot 或 he）。",
    ),
    "do.small_error": (
        "Nothing to do: the output is close to its target.",
        "无需处理：输出已接近目标。",
    ),
    "do.mean": (
        'A larger learning rate, or reduction = "sum".',
        '增大学习速率，或设 reduction = "sum"。',
    ),
    "do.large_input": (
        'Scale the inputs (scale = "standard").',
        '缩放输入（scale = "standard"）。',
    ),
    "do.large_signal": (
        "Look at the layer before: its outputs are large. Scale the inputs, or bound it by tanh.",
        "查看前一层：它的输出很大。缩放输入，或用 tanh 加以限制。",
    ),
    "do.large_weight": (
        "Smaller first weights (init = glorot), weight_decay, or clip_norm = 1.",
        "取更小的初始权重（init = glorot）、用 weight_decay，或设 clip_norm = 1。",
    ),
    "do.large_error": (
        "Scale the targets, take huber in place of a squared error, or clip_norm = 1.",
        "缩放目标、用 huber 代替平方误差，或设 clip_norm = 1。",
    ),
    "do.steep": (
        "Stay away from the edge (an ε), or clip_norm = 1.",
        "远离边缘（加一个 ε），或设 clip_norm = 1。",
    ),
    "do.ordinary": ("Nothing to do.", "无需处理。"),
    # ---- its factors
    "factors.title": ("Its factors, the smallest first", "各因子，从小到大"),
    "factors.way": (
        "They lie on the way that carries most. Other ways go off it (forks: {count}); all together "
        "make {value}.",
        "它们位于承载最多梯度的路径上。途中有 {count} 处分岔；所有路径合计为 {value}。",
    ),
    "factors.product": (
        "Multiplied: {product}, {orders} orders of magnitude.",
        "连乘：{product}，即 {orders} 个数量级。",
    ),
    "factors.more": (
        "… and {count} factors between; multiplied they are {product}.",
        "……其间还有 {count} 个因子，连乘为 {product}。",
    ),
    "factors.blocked": (
        "It is 0 on every way, but not for one reason:",
        "每条路径上都为 0，但原因不止一个：",
    ),
    "factors.parts": ("The parts that cancel", "相互抵消的各部分"),
    "head.factor": ("factor", "因子"),
    "head.number": ("number", "数值"),
    "head.orders": ("orders of magnitude", "数量级"),
    "head.is": ("what it is", "含义"),
    "head.part": ("part", "部分"),
    "head.ways": ("ways", "路径数"),
    "head.through": ("through", "经过"),
    "factor.slope": ("slope of {op} at {at} = {number}", "{op} 在 {at} = {number} 处的导数"),
    "factor.input": ("the input {at}", "输入 {at}"),
    "factor.signal": ("the output {at}", "输出 {at}"),
    "factor.weight": ("the weight {at}", "权重 {at}"),
    "factor.mask": ("the mask {at}", "掩码 {at}"),
    "factor.error": ("the error ({op})", "误差（{op}）"),
    "factor.share": ("the share in a mean", "在平均中的份额"),
    "factor.rate": ("{op}", "{op} 运算"),
    # ---- the survey
    "survey.title": ("The gradients, parameter by parameter", "各参数的梯度"),
    "survey.good": (
        "Nothing stands out: the loss is {loss}, and no gradient is dead, saturated, cut or out of "
        "scale.",
        "没有异常：总误差为 {loss}，没有失活、饱和、被切断或失衡的梯度。",
    ),
    "survey.found": (
        "Worth looking at first: {parameter}. {zero} of its {size} gradients are zero, {tiny} tiny, "
        "{huge} huge.",
        "首先值得查看：{parameter}。它的 {size} 个梯度中，{zero} 个为零，{tiny} 个过小，{huge} 个过大。",
    ),
    "survey.for": ("For example {what}:", "例如 {what}："),
    "survey.ask": (
        "whygrad why FILE --of {what} shows its factors.",
        "whygrad why 文件 --of {what} 可查看其各因子。",
    ),
    "survey.sizes": (
        "Tiny: under a hundred-thousandth of the largest gradient, or under 1e-8. Huge: over 1,000.",
        "过小：小于最大梯度的十万分之一，或小于 1e-8。过大：大于 1,000。",
    ),
    "head.parameter": ("parameter", "参数"),
    "head.zero": ("zero", "为零"),
    "head.tiny": ("tiny", "过小"),
    "head.huge": ("huge", "过大"),
    "head.class": ("class", "类别"),
    "head.example": ("for example", "例如"),
    "class.dead": ("dead", "失活"),
    "class.dead_signal": ("dead neuron before it", "前面的神经元失活"),
    "class.saturated": ("saturated", "饱和"),
    "class.zero_input": ("zero input", "输入为零"),
    "class.zero_signal": ("zero signal", "信号为零"),
    "class.zero_weight": ("zero weight", "权重为零"),
    "class.masked": ("masked", "被掩码"),
    "class.not_largest": ("not chosen", "未被选取"),
    "class.clipped": ("clipped", "被截断"),
    "class.cut": ("cut", "被切断"),
    "class.unused": ("cut", "被切断"),
    "class.kink": ("at a kink", "在尖点处"),
    "class.flat": ("flat", "平坦"),
    "class.optimum": ("at the optimum", "已在最优处"),
    "class.cancelling": ("cancelling", "相互抵消"),
    "class.vanishing": ("vanishing", "梯度消失"),
    "class.exploding": ("exploding", "梯度爆炸"),
    "class.small_input": ("small input", "输入很小"),
    "class.small_signal": ("small signal", "信号很小"),
    "class.small_weight": ("small weight", "权重很小"),
    "class.small_error": ("near the optimum", "接近最优"),
    "class.mean": ("mean over many", "对很多数取平均"),
    "class.large_input": ("large input", "输入很大"),
    "class.large_signal": ("large signal", "信号很大"),
    "class.large_weight": ("large weight", "权重很大"),
    "class.large_error": ("large error", "误差很大"),
    "class.steep": ("steep", "陡峭"),
    "class.ordinary": ("ordinary", "普通"),
}
