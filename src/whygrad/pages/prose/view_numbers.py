"""What the explorable page says of the tables of numbers, and the making of a network."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {
    # ---- the tables
    "view.numbers.title": ("Change the numbers", "修改数值"),
    "view.numbers.reset": ("Take all changes back", "撤销全部修改"),
    "view.numbers.build": ("Other neurons or layers …", "增减神经元或层……"),
    "view.numbers.moved": (
        "The fields hold the numbers that training starts from. Since then {count} iterations were "
        "made; what each weight is now stands below its field.",
        "输入框中是训练开始时的数值。此后已迭代 {count} 次；各权重现在的值写在输入框下方。",
    ),
    "view.numbers.here": ("Start from the numbers of now", "以现在的数值为起点"),
    "view.numbers.samples": ("Inputs and targets", "输入与目标值"),
    "view.numbers.weights": ("Weights and biases", "权重与偏置"),
    "view.numbers.learning": ("How it learns", "学习方式"),
    "view.numbers.sample": ("Sample", "样本"),
    "view.numbers.row": ("Show sample {number}", "显示第 {number} 个样本"),
    "view.numbers.layer": ("Layer {layer} ({activation})", "第 {layer} 层（{activation}）"),
    "view.numbers.bias": ("bias", "偏置"),
    "view.numbers.shared": ("bias of the layer", "本层共用的偏置"),
    "view.numbers.now": ("now {number}", "现为 {number}"),
    "view.numbers.autoencoder": (
        "The targets are the inputs: the network learns to give back what it is given.",
        "目标值就是输入：网络要学会还原它所得到的输入。",
    ),
    "view.numbers.classes": (
        "The targets are classes.",
        "目标值是类别。",
    ),
    "view.numbers.distribution": (
        "The targets of a sample are probabilities. Where one is changed, the others keep their "
        "proportions, and the sum stays 1.",
        "每个样本的目标值是一组概率。修改其中一个时，其余各值按原比例调整，总和保持为 1。",
    ),
    # ---- a number's field
    "view.number.reset": ("Back to {number}: {name}", "恢复为 {number}：{name}"),
    "view.number.stays": ("It stays {number}.", "仍保留 {number}。"),
    "view.number.empty": ("There is no number here.", "这里没有填数。"),
    "view.number.letters": ("“{text}” is not a number.", "“{text}”不是一个数。"),
    "view.number.infinite": (
        "“{text}” is infinite, and nothing could be computed with it.",
        "“{text}”是无穷大，无法用于计算。",
    ),
    "view.number.probability": (
        "For a cross-entropy a target is a probability: from 0 to 1.",
        "使用交叉熵时，目标值是概率，应在 0 与 1 之间。",
    ),
    "view.number.rate": ("A learning rate is above 0.", "学习速率必须大于 0。"),
    "view.number.seed": (
        "A seed is a whole number from 0 to 4294967295.",
        "随机种子应是 0 到 4294967295 之间的整数。",
    ),
    # ---- how it learns
    "view.choices.rate": ("Learning rate η", "学习速率 η"),
    "view.choices.order": ("Update", "更新次序"),
    "view.choices.simultaneous": ("all layers at once", "各层同时更新"),
    "view.choices.sequential": (
        "layer by layer, from the last",
        "从最后一层起逐层更新",
    ),
    "view.choices.mode": ("Samples", "样本"),
    "view.choices.batch": ("all together", "全部样本"),
    "view.choices.sample": ("only the one shown", "仅当前样本"),
    "view.choices.activation": ("Activation of layer {layer}", "第 {layer} 层的激活函数"),
    "view.choices.random": ("Begin again with other random weights", "换一组随机权重重新开始"),
    "view.choices.seed": ("Seed", "随机种子"),
    "view.choices.drawn": (
        "These are the weights of seed {seed} as this page draws them; whygrad draws others.",
        "当前权重由本页用种子 {seed} 生成；whygrad 用同一种子会得到不同的权重。",
    ),
    # ---- build your own
    "view.build.title": ("Build your own network", "搭建自己的网络"),
    "view.build.needs": (
        "A page in a file cannot add neurons or layers. For that, run this in a terminal:",
        "单独的网页文件不能增减神经元或层。如需增减，请在终端中运行：",
    ),
    "view.build.how": (
        "＋ and − change how many neurons a layer has; ＋ between two layers puts another one there. "
        "Numbers that still fit are kept, new weights are random.",
        "用 ＋ 和 − 增减一层的神经元；两层之间的 ＋ 可插入一层。仍适用的数值会保留，新的权重随机给出。",
    ),
    "view.build.inputs": ("Input layer", "输入层"),
    "view.build.outputs": ("Output layer", "输出层"),
    "view.build.hidden": ("Hidden layer {layer}", "隐含层 {layer}"),
    "view.build.less": ("{layer}: one neuron less", "{layer}：减少一个神经元"),
    "view.build.more": ("{layer}: one neuron more", "{layer}：增加一个神经元"),
    "view.build.remove": ("Take away: {layer}", "删除：{layer}"),
    "view.build.remove.short": ("Take away", "删除"),
    "view.build.insert": ("Put a hidden layer here", "在此插入一个隐含层"),
    "view.build.activation": ("{layer}: activation", "{layer}：激活函数"),
    "view.build.loss": ("Error", "误差函数"),
    "view.build.bias": ("Biases", "偏置"),
    "view.build.learns": ("Biases learn too", "偏置也参与学习"),
    "view.build.samples": ("Samples", "样本数"),
    "view.build.sample.less": ("One sample less", "减少一个样本"),
    "view.build.sample.more": ("One sample more", "增加一个样本"),
    "view.build.half_squared_error": ("½ squared error", "½ 平方误差"),
    "view.build.squared_error": ("squared error", "平方误差"),
    "view.build.mean_squared_error": ("mean squared error", "均方误差"),
    "view.build.sum_squared_error": ("sum of squared errors", "误差平方和"),
    "view.build.absolute_error": ("absolute error", "绝对误差"),
    "view.build.mean_absolute_error": ("mean absolute error", "平均绝对误差"),
    "view.build.huber": ("Huber", "Huber 误差"),
    "view.build.binary_cross_entropy": ("binary cross-entropy", "二元交叉熵"),
    "view.build.binary_cross_entropy_with_logits": (
        "binary cross-entropy of net inputs",
        "二元交叉熵（由净输入计算）",
    ),
    "view.build.poisson_nll": ("Poisson", "泊松"),
    "view.build.softmax_cross_entropy": ("softmax and cross-entropy", "softmax 与交叉熵"),
    "view.build.per_neuron": ("one for each neuron", "每个神经元一个"),
    "view.build.shared": ("one for each layer", "每层共用一个"),
    "view.build.none": ("none", "无"),
    "view.build.size": (
        "{sizes}: {count} weights and biases",
        "{sizes}：共 {count} 个权重和偏置",
    ),
    "view.build.large": (
        "{sizes}: {count} weights and biases; up to {most} can be shown one by one",
        "{sizes}：共 {count} 个权重和偏置；逐个显示最多 {most} 个",
    ),
    "view.build.make": ("Make it", "生成网络"),
    "view.build.made": ("The network {sizes} is there.", "网络 {sizes} 已生成。"),
}
