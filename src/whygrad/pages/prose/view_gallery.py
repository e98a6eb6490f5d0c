"""What the explorable page says of the networks to begin with."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {
    "view.gallery.article": ("The worked example", "文章中的算例"),
    "view.gallery.article.about": (
        "The 2-2-2 network of the step-by-step article: every number of one iteration by hand.",
        "逐步推导文章中的 2-2-2 网络：手算一次迭代的每个数值。",
    ),
    "view.gallery.xor": ("XOR", "异或（XOR）"),
    "view.gallery.xor.about": (
        "Exactly one of two inputs is 1: what no network without a hidden layer can compute. "
        "The error rests for some hundred iterations before it falls.",
        "两个输入中恰有一个为 1：没有隐含层的网络无法计算。误差先停滞数百次迭代，然后下降。",
    ),
    "view.gallery.encoder": ("8-3-8 encoder", "8-3-8 编码器"),
    "view.gallery.encoder.about": (
        "Eight patterns through three hidden neurons and back: the network finds a code by itself.",
        "八个模式经过三个隐含神经元再还原：网络自己找到一种编码。",
    ),
    "view.gallery.sine": ("Sine curve", "正弦曲线"),
    "view.gallery.sine.about": (
        "Eight tanh neurons are added up to a curve through 21 points.",
        "八个 tanh 神经元相加，拟合经过 21 个点的曲线。",
    ),
    "view.gallery.saturated": ("Saturated sigmoids", "饱和的 sigmoid"),
    "view.gallery.saturated.about": (
        "The weights are huge, the slopes nearly 0: the error is large and every gradient tiny.",
        "权重极大，斜率几乎为 0：误差很大，所有梯度却极小。",
    ),
    "view.gallery.dead_relu": ("Dead ReLU", "失活的 ReLU"),
    "view.gallery.dead_relu.about": (
        "One hidden neuron is below 0 for every sample: no gradient reaches its weights.",
        "一个隐含神经元对所有样本的净输入都小于 0：梯度传不到它的权重。",
    ),
    # ---- of a lesson's data
    "view.note.taken": (
        "The first {samples} of {all} samples are shown.",
        "显示的是 {all} 个样本中的前 {samples} 个。",
    ),
    "view.note.scaled": (
        "The inputs and targets are as the network sees them: encoded and scaled.",
        "输入和目标是网络所见的数值：已经过编码和缩放。",
    ),
    "view.note.parted": (
        "These are the samples that train; others are held back for validation.",
        "这些是参与训练的样本；另有样本留作验证。",
    ),
    "view.note.layers": (
        "Tied weights and the penalty of a sparse code are no single line of a drawing: the layers "
        "are shown whole. Choose one to see its numbers.",
        "绑定的权重与稀疏惩罚都不对应图中的某一条连线，因此按整层显示；选择一层即可查看其数值。",
    ),
    "view.note.singly": (
        "The derivations over all samples together are too many for this page: it carries those of "
        "each sample by itself. A page opened with whygrad serve has them all.",
        "所有样本合在一起的推导太多，本页只带有每个样本各自的推导。用 whygrad serve 打开的页面有全部推导。",
    ),
    "view.note.invented": (
        "The data of this network are not known: one sample of zeros stands in for them.",
        "该网络的数据未知：以一个全零样本代替。",
    ),
}
