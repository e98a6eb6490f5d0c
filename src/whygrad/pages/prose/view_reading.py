"""What the explorable page says of the derivation beside the network, and the blanks in it."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {
    # ---- what is asked of a number
    "view.reading.about": ("What is to be explained", "要解释的内容"),
    "view.reading.value": ("value", "值"),
    "view.reading.gradient": ("gradient", "梯度"),
    "view.reading.update": ("update", "更新"),
    "view.reading.detail": ("How the gradient is written", "梯度的写法"),
    "view.reading.factors": ("by its factors", "逐个因子"),
    "view.reading.delta": ("by δ", "用 δ"),
    "view.reading.close": ("Close", "关闭"),
    "view.reading.back": ("Back to the step", "回到本步骤"),
    # ---- what it is
    "view.reading.role.input": ("input", "输入"),
    "view.reading.role.target": ("target", "目标值"),
    "view.reading.role.weight": ("weight", "权重"),
    "view.reading.role.bias": ("bias", "偏置"),
    "view.reading.role.net": ("net input of a neuron", "神经元的净输入"),
    "view.reading.role.out": ("output of a neuron", "神经元的输出"),
    "view.reading.role.error": ("error", "误差"),
    "view.reading.role.loss": ("total error", "总误差"),
    "view.reading.given": (
        "This number is given. Change it, and everything follows.",
        "这个数是已知的。改动它，其余的数都会随之改变。",
    ),
    "view.reading.given.learned": (
        "This number is not worked out: the network starts with it, and learns a better one. Its gradient "
        "says in which direction.",
        "这个数不是算出来的：网络从它开始，再学到更好的值。梯度告诉它该往哪个方向变。",
    ),
    "view.reading.reset": ("as in the lesson", "恢复原值"),
    "view.reading.moved": (
        "This is the number to start from; {steps} steps later it is {now}.",
        "这是初始值；经过 {steps} 步之后变为 {now}。",
    ),
    # ---- the lines
    "view.reading.above": ("(worked out above)", "（上面已求出）"),
    "view.reading.more": ("+ {count} more terms", "另有 {count} 项"),
    "view.reading.first": (
        "The first {shown} of {all} lines. Click a weight to see its own.",
        "这里是 {all} 行中的前 {shown} 行。点击某个权重可查看它自己的推导。",
    ),
    "view.reading.sequential": (
        "The layers are updated one after the other, the last one first. The gradients of a layer in front are worked out with the new weights behind it, and with the activations as they were: so they are not those of the derivation.",
        "各层依次更新，最后一层最先。前面一层的梯度用后面各层的新权重和原来的激活值计算，因此与推导中的梯度不同。",
    ),
    "view.reading.rule": (
        "The page steps by {rule}. Its lines are not shown here: whygrad explain FILE --optimizer {rule} works one update out.",
        "本页按 {rule} 更新，这里不显示它的算式：whygrad explain FILE --optimizer {rule} 会写出一次更新的过程。",
    ),
    "view.reading.missing": (
        "This page does not carry that derivation for the activations and classes chosen now. A page opened "
        "with whygrad serve has them all.",
        "本页没有带上当前激活函数和类别下的这个推导。用 whygrad serve 打开的页面有全部推导。",
    ),
    "view.reading.singly": (
        "This page carries the derivations of each sample by itself, not those over all samples: choose one "
        "sample above the network. A page opened with whygrad serve has them all.",
        "本页只带有每个样本各自的推导，没有全部样本合在一起的推导：请在网络上方选择单个样本。用 whygrad serve "
        "打开的页面有全部推导。",
    ),
    "view.reading.none": (
        "There is no derivation of this number.",
        "这个数没有推导过程。",
    ),
    # ---- the steps
    "view.reading.step.forward.hidden": ("Forward: the hidden layer", "前向传播：隐含层"),
    "view.reading.step.forward.hidden_of": (
        "Forward: hidden layer {layer}",
        "前向传播：第 {layer} 个隐含层",
    ),
    "view.reading.step.forward.output": ("Forward: the output layer", "前向传播：输出层"),
    "view.reading.step.error": ("The error", "误差"),
    "view.reading.step.backward.output": ("Backward: the output layer", "反向传播：输出层"),
    "view.reading.step.backward.hidden": ("Backward: the hidden layer", "反向传播：隐含层"),
    "view.reading.step.backward.hidden_of": (
        "Backward: hidden layer {layer}",
        "反向传播：第 {layer} 个隐含层",
    ),
    "view.reading.step.update": ("The update", "更新权重"),
    "view.reading.happens.forward": (
        "Each neuron adds up its inputs, each times its weight, and the bias: its net input. The activation "
        "makes its output of that.",
        "每个神经元把各输入乘以权重后相加，再加上偏置，得到净输入；再经过激活函数得到输出。",
    ),
    "view.reading.happens.error": (
        "Each output is compared with its target; all errors together are the total error.",
        "把每个输出与目标值比较；所有误差合起来就是总误差。",
    ),
    "view.reading.happens.backward.output": (
        "δ says how the total error changes with a neuron's net input. The gradient of a weight is the δ of the "
        "neuron that it leads to, times the number that it carries there.",
        "δ 表示总误差随神经元净输入的变化。权重的梯度等于它所指向的神经元的 δ 乘以经它传来的数。",
    ),
    "view.reading.happens.backward.hidden": (
        "The δ of all neurons that a hidden neuron feeds come back to it, each times its weight; times the slope of "
        "its activation, that is its own δ.",
        "隐含层神经元所连接的各神经元的 δ 乘以权重传回来并相加，再乘以它自己激活函数的导数，就是它的 δ。",
    ),
    "view.reading.happens.update": (
        "Each weight moves against its gradient; the learning rate η says how far.",
        "每个权重沿梯度的反方向移动，移动多少由学习速率 η 决定。",
    ),
    # ---- where nothing is looked at
    "view.reading.welcome": ("Where each number comes from", "每个数是怎么来的"),
    "view.reading.click": (
        "Click a weight, a bias or a neuron: its derivation appears here, with the numbers put in.",
        "点击权重、偏置或神经元，这里就会显示它的推导过程，并代入数值。",
    ),
    "view.reading.links": (
        "Every name in a formula leads to where its own number comes from. Change any number: everything follows.",
        "公式中的每个名称都可以点击，查看它自己的由来。改动任何一个数，其余的都会随之改变。",
    ),
    "view.reading.begin": ("To begin with", "从这里开始"),
    "view.reading.way.last": ("{name}: one way leads to the error", "{name}：只有一条路径通向误差"),
    "view.reading.way.output": ("{name}: a weight of the output layer", "{name}：输出层的权重"),
    "view.reading.way.meet": (
        "{name}: the errors of all outputs meet",
        "{name}：各输出的误差在此汇合",
    ),
    "view.reading.way.hidden": (
        "{name}: back through every layer",
        "{name}：逐层反向传播回来",
    ),
    "view.reading.way.steps": (
        "Step by step: forward, error, backward, update",
        "一步一步看：前向传播、误差、反向传播、更新",
    ),
    "view.reading.way.blanks": (
        "Work {name} out yourself: each number is checked at once",
        "自己动手算 {name}：每个数填完立即检查",
    ),
    # ---- blanks
    "view.blanks.switch": ("Fill in yourself", "自己填空"),
    "view.blanks.show": ("show", "显示答案"),
    "view.blanks.show_of": ("show the number of {name}", "显示 {name} 的数值"),
    "view.blanks.told": ("the right number", "正确答案"),
    "view.blanks.in": ("In {name}:", "在 {name} 中："),
    "view.blanks.unreadable": (
        "That is no number: 0.3775, 0,3775 and 3.5e-5 are.",
        "这不是一个数；可以写 0.3775、0,3775 或 3.5e-5。",
    ),
    "view.blanks.count": (
        "{done} of {all} filled in; {good} of these are right, or follow from those before.",
        "共 {all} 个空，已填 {done} 个，其中 {good} 个正确或前后一致。",
    ),
}
