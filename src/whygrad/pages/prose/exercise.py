"""What exercise sheets, their keys and the marks of a class say."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {
    # ---- sheets
    "exercise.title": ("Exercise: {kind}", "练习：{kind}"),
    "exercise.key": ("Key: {kind}", "答案：{kind}"),
    "exercise.whose": ("Variant {variant}. Name: {name}", "第 {variant} 套题。姓名：{name}"),
    "exercise.given": ("What is given", "已知条件"),
    "exercise.number": ("Numbers", "数值"),
    "exercise.network": (
        "Neurons in each layer, the inputs first: {sizes}. Activations, layer by layer: "
        "{activations}.",
        "各层神经元数（从输入层起）：{sizes}。各层激活函数依次为：{activations}。",
    ),
    "exercise.samples": (
        "There are {samples} samples; a number in brackets says which one it is.",
        "共有 {samples} 个样本；方括号中的数字是样本的编号。",
    ),
    "exercise.class": ("The right class: {which}.", "正确类别：{which}。"),
    "exercise.classes": (
        "The right classes of the samples, in order: {which}.",
        "各样本的正确类别依次为：{which}。",
    ),
    "exercise.patch": (
        "The kernel k is laid on the patch x in its four places, without turning it round; in each "
        "place the products are added, and b.",
        "卷积核 k（不翻转）依次放在图块 x 的四个位置上；每个位置把对应元素的乘积相加，再加上 b。",
    ),
    "exercise.patch.relu": (
        "Then a ReLU: out = max(net, 0).",
        "随后经过 ReLU：out = max(net, 0)。",
    ),
    "exercise.error": ("The error is", "误差为"),
    "exercise.mask": (
        "{mask} is 1 where the condition holds, and 0 elsewhere.",
        "{mask} 在条件成立时为 1，否则为 0。",
    ),
    "exercise.step": ("A step of gradient descent is", "梯度下降更新一步为"),
    "exercise.context": ("Worked out already", "已经算出"),
    "exercise.lines": ("Your lines", "请作答"),
    "exercise.lines.mistake": ("The solution", "解答过程"),
    "exercise.level.1": (
        "Fill in the blanks. Each is one step from numbers that stand on this sheet.",
        "请填空。每个空都可以由本页上的数一步算出。",
    ),
    "exercise.level.2": ("Fill in every line, from the top down.", "请自上而下填写每一行。"),
    "exercise.level.3": (
        "Fill in the results. The lines between are for you to find.",
        "请填写结果。中间步骤请自行写出。",
    ),
    "exercise.decimals": (
        "Write numbers with {decimals} decimals. Rounding on the way does no harm.",
        "数字写到小数点后 {decimals} 位。中间结果的四舍五入不影响得分。",
    ),
    "exercise.mistake.place": ("The mistake is in line {line}.", "错误在第 {line} 行。"),
    "exercise.mistake.value": (
        "The right number of that line is {value}.",
        "该行正确的数是 {value}。",
    ),
    # ---- keys
    "exercise.rounding": (
        "The key prints {decimals} decimals. A number is marked right within half a unit of the "
        "last digit that was written; rounding of numbers before it is allowed for.",
        "答案保留 {decimals} 位小数。与正确值相差不超过所写末位的半个单位即判为正确；此前各数的舍入"
        "也予以考虑。",
    ),
    "exercise.answers": ("All answers", "全部答案"),
    "exercise.head.variant": ("variant", "套题"),
    "exercise.head.line": ("line of the mistake", "错误所在行"),
    "exercise.head.value": ("right number", "正确的数"),
    "exercise.variant": ("Variant {variant}", "第 {variant} 套题"),
    "exercise.has": ("For: {names}.", "使用者：{names}。"),
    "exercise.planted": (
        "The mistake is in line {line}: {name} should be {right}; the sheet has {wrong}.",
        "错误在第 {line} 行：{name} 应为 {right}，卷面上是 {wrong}。",
    ),
    # ---- kinds
    "exercise.kind.forward": ("the forward pass", "前向传播"),
    "exercise.kind.output_weight": ("one output weight", "一个输出层权重"),
    "exercise.kind.hidden_weight": ("one hidden weight", "一个隐含层权重"),
    "exercise.kind.full_step": ("a full step", "完整的一步更新"),
    "exercise.kind.two_samples": ("two samples", "两个样本"),
    "exercise.kind.softmax_cross_entropy": ("softmax and cross-entropy", "softmax 与交叉熵"),
    "exercise.kind.dead_relu": ("a dead ReLU unit", "失活的 ReLU 单元"),
    "exercise.kind.convolution": ("convolution of a small patch", "小图块的卷积"),
    "exercise.kind.find_the_mistake": ("find the mistake", "找出错误"),
    "exercise.kind.own": ("your own network", "自己的网络"),
    "exercise.task.forward": (
        "Work out net and out of every neuron, then the error.",
        "求每个神经元的净输入 net 与输出 out，再求误差。",
    ),
    "exercise.task.output_weight": (
        "Work out the gradient of one output weight by the chain rule, then the step.",
        "用链式法则求一个输出层权重的梯度，再求更新后的权重。",
    ),
    "exercise.task.hidden_weight": (
        "Work out the gradient of one hidden weight by the chain rule, then the step.",
        "用链式法则求一个隐含层权重的梯度，再求更新后的权重。",
    ),
    "exercise.task.full_step": (
        "Work out the forward pass, the error, δ of every neuron, every gradient and every "
        "parameter after one step.",
        "求前向传播、误差、每个神经元的 δ、所有梯度，以及更新一步后的所有参数。",
    ),
    "exercise.task.two_samples": (
        "Work out the gradients of a weight and a bias over two samples, then the step.",
        "求两个样本上一个权重和一个偏置的梯度，再求更新后的值。",
    ),
    "exercise.task.softmax_cross_entropy": (
        "Work out the probabilities, the cross-entropy, δ of every output, then the step of a "
        "weight.",
        "求各类概率、交叉熵、每个输出的 δ，再求权重更新后的值。",
    ),
    "exercise.task.dead_relu": (
        "Work out the gradients of the hidden weights. One hidden unit is dead: which one, and what "
        "does it learn?",
        "求隐含层各权重的梯度。有一个隐含层单元失活：是哪一个？它能学到什么？",
    ),
    "exercise.task.convolution": (
        "Work out the convolution, the error, and the gradient and the step of the kernel.",
        "求卷积结果、误差，以及卷积核的梯度与更新后的值。",
    ),
    "exercise.task.find_the_mistake": (
        "One line of this solution is wrong; the lines after it were worked out from it. Which line "
        "is it, and what is its right number?",
        "下面的解答中有一行是错的，其后各行都由它算出。是哪一行？该行正确的数是多少？",
    ),
    "exercise.task.own": (
        "Work out the forward pass, the error and every gradient of this network.",
        "求该网络的前向传播、误差以及所有梯度。",
    ),
    # ---- the list of kinds
    "exercise.list": ("Exercises", "练习"),
    "exercise.list.row": ("{kind}: {about}", "类型 {kind}：{about}"),
    "exercise.list.use": (
        "whygrad exercise KIND --level 1|2|3 prints a sheet; -o DIR writes a set for a class.",
        "whygrad exercise 类型 --level 1|2|3 打印一张练习；-o 文件夹 为全班生成一套。",
    ),
    # ---- marks
    "marks.title": ("Marks: {kind}", "成绩：{kind}"),
    "marks.summary": (
        "{back} of {given} sheets came back; sheets with every point: {full}.",
        "共 {given} 份，收回 {back} 份；其中 {full} 份得满分。",
    ),
    "marks.head.name": ("name", "姓名"),
    "marks.head.variant": ("variant", "套题"),
    "marks.head.points": ("points", "得分"),
    "marks.head.first": ("first mistake", "第一处错误"),
    "marks.head.follows": ("follow-through", "随错推出"),
    "marks.head.missing": ("missing", "未填"),
    "marks.absent": ("not handed in", "未交"),
    "marks.note": ("Note: {note}.", "说明：{note}。"),
    "marks.commonest": ("Which mistake came first", "最先出现的错误"),
    "marks.common": ("{count} × {place}: {why}", "{count} 人 {place}：{why}"),
    "marks.each": ("One by one", "逐人说明"),
    "marks.first": (
        "{who}: {place} is {written}; it should be {right}. {why}",
        "{who}：{place} 写作 {written}，应为 {right}。{why}",
    ),
    "marks.first.plain": (
        "{who}: {place} is {written}; it should be {right}.",
        "{who}：{place} 写作 {written}，应为 {right}。",
    ),
    "marks.common.plain": ("{count} × {place}", "{count} 人 {place}"),
    "marks.unknown": (
        "{who}: not understood: {names}",
        "{who}：无法识别：{names}",
    ),
    "marks.unexplained": (
        "No slip of the catalogue gives these digits.",
        "常见错误中没有一种能得到这些数字。",
    ),
    "marks.pen.exchanged": (
        "A slip of the pen: two digits are exchanged.",
        "笔误：两个数字写反了。",
    ),
    "marks.pen.lost": ("A slip of the pen: a digit is lost.", "笔误：漏写了一个数字。"),
    "marks.pen.lost_and_last": (
        "A slip of the pen: a digit is lost, and the last one differs.",
        "笔误：漏写了一个数字，末位也不同。",
    ),
    "marks.pen.minus_lost": (
        "A slip of the pen: the minus sign is lost.",
        "笔误：漏写了负号。",
    ),
    "marks.pen.minus_added": (
        "A slip of the pen: one minus sign too many.",
        "笔误：多写了一个负号。",
    ),
    "marks.pen.doubled": ("A slip of the pen: a digit is doubled.", "笔误：一个数字写了两遍。"),
    "marks.pen.shifted": ("The decimal point is shifted.", "小数点的位置错了。"),
    "marks.pen.digit": ("A slip of the pen: one digit differs.", "笔误：有一个数字写错了。"),
    "marks.line": ("the line", "行号"),
    "marks.value": ("the right number", "正确的数"),
    "marks.counts": (
        "A number earns its point where it is right, or where it follows from an earlier mistake.",
        "数字正确，或由前面的错误正确推出，均得分。",
    ),
}
