"""What the page of a network's general equations says."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {
    # ---- general equations
    "general.title": (
        "The equations of a {sizes} network",
        "{sizes} 网络的一般公式",
    ),
    "general.conventions": (
        "Rows are samples (N of them); W is (out, in); ⊙ multiplies element by element; "
        "δ¹, δ², … are ∂E/∂net of each layer.",
        "每行一个样本（共 N 个）；W 的形状为（输出, 输入）；⊙ 为逐元素相乘；δ¹、δ²……为各层的 ∂E/∂net。",
    ),
    "general.forward": ("Forward", "前向传播"),
    "general.backward": (
        "Backward: δ, from the last layer to the first",
        "反向传播：从最后一层到第一层的 δ",
    ),
    "general.gradients": ("The gradients", "各参数的梯度"),
    "curve.label": ("The error over the steps.", "误差随迭代次数的变化。"),
}
