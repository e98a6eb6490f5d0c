"""What the page of a fit's covariance says."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {
    "covariance.title": ("How well the data decide the weights", "数据对权重的确定程度"),
    "covariance.sizes": (
        "Residuals n = {residuals}, weights p = {weights}, degrees of freedom n − p = {dof}; σ² = Σe² / (n − p) = {sigma2}.",
        "残差个数 n = {residuals}，权重个数 p = {weights}，自由度 n − p = {dof}；σ² = Σe² / (n − p) = {sigma2}。",
    ),
    "covariance.formula": (
        "A weight's standard error is the root of its entry on the diagonal of σ²(JᵀJ)⁻¹, in the network's own units.",
        "权重的标准误差是 σ²(JᵀJ)⁻¹ 对角线上对应元素的平方根，以网络自身的单位计。",
    ),
    "covariance.digits": (
        "The condition of J is {condition}; digits of the errors that rounding leaves: {digits}.",
        "J 的条件数为 {condition}：舍入后误差保留 {digits} 位有效数字。",
    ),
    "covariance.far": (
        "The fit is not at its minimum: its relative offset is {offset}, 0.001 would be converged (Bates and Watts 1981). Train on before these errors are used.",
        "拟合尚未到达最小值：相对偏移为 {offset}，收敛应为 0.001（Bates 与 Watts 1981）。使用这些误差前请继续训练。",
    ),
    "covariance.more.one": ("And 1 weight more.", "另有 1 个权重。"),
    "covariance.more": ("And {count} weights more.", "另有 {count} 个权重。"),
    "covariance.weight": ("weight", "权重"),
    "covariance.value": ("value", "值"),
    "covariance.error": ("± standard error", "± 标准误差"),
    "covariance.decided": ("digits decided", "确定的位数"),
}
