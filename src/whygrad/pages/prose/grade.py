"""What the marking of a written solution says: marks, conventions, slips."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {
    # ---- slips: signs and numbers
    "slip.sign": (
        "The sign is the wrong way round.",
        "符号反了。",
    ),
    "slip.exponent_sign": (
        "The exponent has the wrong sign: sigmoid is 1 / (1 + e^(−net)), with a minus.",
        "指数的符号反了：sigmoid 是 1 / (1 + e^(−net))，指数带负号。",
    ),
    "slip.target_minus_output": (
        "The sign is the wrong way round: target − output was taken, the derivative of the error is output − target.",
        "符号反了：取了“目标 − 输出”，而误差的导数是“输出 − 目标”。",
    ),
    "slip.half_forgotten": ("The factor ½ is missing.", "漏了系数 ½。"),
    "slip.two_forgotten": (
        "The factor 2 of the derivative of a square is missing.",
        "漏了平方求导得到的系数 2。",
    ),
    "slip.not_squared": ("{term} was not squared.", "{term} 没有平方。"),
    "slip.twice": ("It is twice the right number: a factor 2 too many.", "多乘了 2。"),
    "slip.half": ("It is half the right number: a factor ½ too many.", "多乘了 ½。"),
    "slip.log_forgotten": (
        "The logarithm of {term} was not taken.",
        "没有对 {term} 取对数。",
    ),
    # ---- slips: sums and products
    "slip.term_missing": (
        "The term {term} is missing from the sum.",
        "求和时漏了 {term} 这一项。",
    ),
    "slip.term_sign": (
        "The term {term} has the wrong sign.",
        "{term} 这一项的符号反了。",
    ),
    "slip.factor_missing": ("The factor {factor} is missing.", "漏乘了 {factor}。"),
    "slip.factor_twice": (
        "The factor {factor} was multiplied in twice.",
        "{factor} 多乘了一次。",
    ),
    "slip.not_divided": ("The division by {factor} is missing.", "没有除以 {factor}。"),
    "slip.mean_for_sum": (
        "A mean was taken where the sum is needed: it was divided by {count}.",
        "应求和却取了平均：多除了 {count}。",
    ),
    "slip.sum_for_mean": (
        "A sum was taken where the mean is needed: the division by {count} is missing.",
        "应取平均却只求了和：没有除以 {count}。",
    ),
    # ---- slips: biases
    "slip.bias_forgotten": ("The bias {term} was forgotten.", "漏加了偏置 {term}。"),
    "slip.bias_twice": ("The bias {term} was added twice.", "偏置 {term} 加了两次。"),
    # ---- slips: activations and their slopes
    "slip.activation_missing": (
        "The activation was not applied: the output is {net} itself.",
        "没有经过激活函数：直接把 {net} 当作输出。",
    ),
    "slip.other_activation": (
        "Another activation was applied: {other} instead of {right}.",
        "用错了激活函数：用了 {other}，而应是 {right}。",
    ),
    "slip.slope_missing": (
        "The derivative of the activation, {factor}, is missing from the product.",
        "乘积里漏了激活函数的导数 {factor}。",
    ),
    "slip.slope_twice": (
        "The derivative of the activation, {factor}, was multiplied in twice.",
        "激活函数的导数 {factor} 多乘了一次。",
    ),
    "slip.slope_at_net": (
        "The derivative of the activation was worked out with {net} where {out} belongs.",
        "激活函数的导数代错了数：该代 {out} 处代入了 {net}。",
    ),
    "slip.slope_at_out": (
        "The derivative of the activation was taken at {out} instead of at {net}: {out} is already the activation's result.",
        "激活函数的导数求错了位置：应在 {net} 处求导，却在 {out} 处又算了一遍。",
    ),
    "slip.other_slope": (
        "The derivative of another activation was taken: that of {other} instead of {right}.",
        "用错了导数：用了 {other} 的导数，而激活函数是 {right}。",
    ),
    # ---- slips: paths and samples
    "slip.path_missing": (
        "One path is missing: what comes back through {unit} was not added.",
        "漏了一条路径：经 {unit} 传回的误差没有加上。",
    ),
    "slip.path_only": (
        "Only the path through {unit} was followed; what comes back along the others is to be added.",
        "只走了经过 {unit} 的一条路径；其余路径传回的误差也应加上。",
    ),
    "slip.sample_missing": (
        "Sample {sample} is missing from the sum over the samples.",
        "对样本求和时漏了第 {sample} 个样本。",
    ),
    "slip.sample_only": (
        "Only sample {sample} was counted; the parts of all samples are to be added.",
        "只算了第 {sample} 个样本；所有样本的贡献都应相加。",
    ),
    # ---- slips: the wrong number in the right place
    "slip.updated_weights": (
        "Weights were used that had been updated already: on the way back the old ones are needed, so work "
        "out every gradient before any update.",
        "用了已经更新过的权重：反向传播要用旧权重，应先求出所有梯度，再更新。",
    ),
    "slip.transposed": (
        "The weights were taken transposed: row and column are swapped.",
        "权重取反了：行与列对调了（用了转置）。",
    ),
    "slip.net_for_out": (
        "{instead} was taken where {right} belongs.",
        "该用 {right} 处用了 {instead}。",
    ),
    "slip.wrong_index": (
        "{instead} was taken where {right} belongs: a neighbour's number.",
        "下标错了：该用 {right} 处用了 {instead}。",
    ),
    "slip.wrong_sample": (
        "{instead} was taken where {right} belongs: another sample's number.",
        "样本错了：该用 {right} 处用了 {instead}。",
    ),
    "slip.target_swapped": (
        "{instead} was taken where {right} belongs: another output's target.",
        "目标值错了：该用 {right} 处用了 {instead}。",
    ),
    # ---- slips: the update
    "slip.rate_forgotten": (
        "The learning rate {factor} was forgotten.",
        "漏乘了学习速率 {factor}。",
    ),
    "slip.update_added": (
        "The step was added where it is to be subtracted: gradient descent goes against the gradient.",
        "应减却加了：梯度下降沿梯度的反方向走。",
    ),
    "slip.gradient_forgotten": (
        "The gradient {factor} is missing from the step.",
        "更新时漏乘了梯度 {factor}。",
    ),
    "slip.not_updated": ("{term} was not changed at all.", "{term} 没有更新，仍是原值。"),
    "slip.step_alone": (
        "This is the step alone: the old value {term} is missing.",
        "这只是改变量：漏了原值 {term}。",
    ),
}
