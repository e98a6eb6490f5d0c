"""What a gradient's mistake comes from: a sentence for every entry of the catalogue."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {
    # ---- causes: factors of the whole
    "cause.sign": (
        "The sign is the other one: −(target − out) = out − target is the derivative of the squared error "
        "with respect to out, and a step goes against the gradient.",
        "符号相反：平方误差对 out 的导数是 −(target − out) = out − target，更新时沿梯度的反方向走。",
    ),
    "cause.twice": (
        "A factor of 2 too many: a ½ in the loss that the gradient forgot, or a gradient that was "
        "accumulated twice (not set to zero in between).",
        "多了一个因子 2：损失里的 ½ 在求梯度时被忘了，或者梯度累加了两次（中间没有清零）。",
    ),
    "cause.half": (
        "A factor of ½ too many: the exponent of the square was not brought down, or a ½ that the loss "
        "does not have.",
        "多了一个因子 ½：平方的指数没有乘下来，或者多乘了损失里没有的 ½。",
    ),
    "cause.sign_any": (
        "The sign is the other one, everywhere.",
        "处处符号相反。",
    ),
    "cause.sign_twice": (
        "The sign is the other one, and a factor of 2 too many.",
        "符号相反，且多了一个因子 2。",
    ),
    "cause.sign_half": (
        "The sign is the other one, and a factor of ½ too many.",
        "符号相反，且多了一个因子 ½。",
    ),
    "cause.sum_for_mean.samples": (
        "Summed over the {count} samples where the loss takes their mean.",
        "损失对 {count} 个样本取平均，梯度却只求了和。",
    ),
    "cause.mean_for_sum.samples": (
        "Divided by the {count} samples where the loss does not (or once too often).",
        "多除了一次样本数 {count}：损失并没有对样本取平均（或已经除过）。",
    ),
    "cause.sum_for_mean.outputs": (
        "Summed over the {count} outputs where the loss takes their mean.",
        "损失对 {count} 个输出取平均，梯度却只求了和。",
    ),
    "cause.mean_for_sum.outputs": (
        "Divided by the {count} outputs where the loss adds them.",
        "多除了输出个数 {count}：损失是对各输出求和。",
    ),
    "cause.sum_for_mean.axis": (
        "A factor of {count} too many, the length of an axis: a sum where a mean belongs.",
        "多了因子 {count}，恰为某一轴的长度：该取平均处求了和。",
    ),
    "cause.mean_for_sum.axis": (
        "A factor of 1/{count} too many, {count} being the length of an axis: a mean where a sum belongs.",
        "多了因子 1/{count}，{count} 恰为某一轴的长度：该求和处取了平均。",
    ),
    "cause.factor": (
        "A constant factor of {ratio}, the same everywhere.",
        "处处差同一个常数因子 {ratio}。",
    ),
    "cause.factor.count": (
        "A constant factor of {count}, the same everywhere. A whole number: is it a count, of samples or outputs, "
        "and a sum stands where the function takes the mean?",
        "处处多一个常数因子 {count}。它是整数：是否为样本数或输出个数，函数取了平均而梯度只求了和？",
    ),
    "cause.factor.share": (
        "A constant factor of 1/{count}, the same everywhere. A whole number: is it a count, of samples or outputs, "
        "and a mean stands where the function takes the sum?",
        "处处多一个常数因子 1/{count}。{count} 是整数：是否为样本数或输出个数，函数求了和而梯度取了平均？",
    ),
    "cause.cut": (
        "No gradient arrives: it is 0 where it should not be (detached, overwritten, or never added).",
        "梯度没有传到：本不应为 0 处是 0（被截断、被覆盖，或没有加上）。",
    ),
    "cause.accumulates": (
        "Stale accumulation: the second call gives twice the first, so gradients pile up from call to "
        "call; set them to zero before each.",
        "梯度未清零：第二次调用得到第一次的两倍，梯度在各次调用间累加；每次之前应先清零。",
    ),
    # ---- causes: slopes
    "cause.slope_missing": (
        "The slope of {node} is missing: its derivative was left out of the product.",
        "缺少 {node} 的导数：乘积里漏掉了激活函数的斜率。",
    ),
    "cause.slope_missing.all": (
        "The slopes of all activations are missing: their derivatives were left out of the products.",
        "所有激活函数的导数都漏掉了。",
    ),
    "cause.slope_twice": (
        "The slope of {node} was counted twice.",
        "{node} 的导数乘了两次。",
    ),
    "cause.slope_twice.all": (
        "The slopes of all activations were counted twice.",
        "所有激活函数的导数都乘了两次。",
    ),
    "cause.slope_at_net": (
        "The slope of {node} was taken at net instead of out: its formula in out, as out·(1 − out), was "
        "fed with net.",
        "{node} 的导数代错了数：以 out 表示的公式（如 out·(1 − out)）里代入了 net。",
    ),
    "cause.slope_at_net.all": (
        "The slopes of all activations were taken at net instead of out: formulas in out were fed with net.",
        "所有激活函数的导数都代错了数：以 out 表示的公式里代入了 net。",
    ),
    "cause.slope_at_out": (
        "The slope of {node} was taken at out instead of net: the derivative, a function of net, was fed "
        "with out.",
        "{node} 的导数代错了数：导数是 net 的函数，却代入了 out。",
    ),
    "cause.slope_at_out.all": (
        "The slopes of all activations were taken at out instead of net: derivatives were fed with out.",
        "所有激活函数的导数都代错了数：应代入 net，却代入了 out。",
    ),
    "cause.slope_sign": (
        "The slope of {node} has the other sign.",
        "{node} 的导数符号相反。",
    ),
    "cause.slope_sign.all": (
        "The slopes of all activations have the other sign.",
        "所有激活函数的导数符号都相反。",
    ),
    "cause.extra_slope": (
        "One slope too many at {node}: the loss contains the output activation, and its gradient out − target "
        "has that slope in it already; out·(1 − out) must not be multiplied once more.",
        "{node} 处多乘了一个导数：该损失已包含输出激活函数，梯度 out − target 里已含其导数，不应再乘 out·(1 − out)。",
    ),
    # ---- causes: products
    "cause.transposed": (
        "{node} was used transposed on the way back to {into}: the error goes back through the same weights, "
        "δ · W, not δ · Wᵀ (for weights as (out, in)).",
        "误差传回 {into} 时用了转置的 {node}：应为 δ · W，而不是 δ · Wᵀ（权重形状为（输出, 输入））。",
    ),
    "cause.transposed.all": (
        "{node} was used transposed wherever the error goes back through it.",
        "误差每次经 {node} 传回时都用了它的转置。",
    ),
    "cause.net_for_out": (
        "{net} was multiplied where {node} belongs: a weight's gradient is δ times the output of the neuron "
        "before it, not its net input.",
        "该乘 {node} 处乘了 {net}：权重的梯度是 δ 乘以前一神经元的输出，而不是它的净输入。",
    ),
    "cause.factor_out": (
        "In the product {node} the other factor was left out of the derivative with respect to {of}.",
        "乘积 {node} 对 {of} 求导时漏掉了另一个因子。",
    ),
    "cause.updated_weights": (
        "The deltas were sent back through weights that had been updated already (learning rate {rate}): "
        "compute every gradient first, then update.",
        "误差是通过已经更新过的权重传回的（学习速率 {rate}）：应先求出所有梯度，再更新权重。",
    ),
    # ---- causes: paths, uses, samples
    "cause.path_missing": (
        "One path is missing: what comes back through {unit} was not added.",
        "漏了一条路径：经 {unit} 传回的误差没有加上。",
    ),
    "cause.path_only": (
        "Only one path was followed, through {unit}; the errors of all neurons of that layer are to be added.",
        "只走了经过 {unit} 的一条路径；该层所有神经元的误差都应相加。",
    ),
    "cause.use_missing": (
        "One use is missing: {node} is used in several places, and what comes back from use {use} was not "
        "added (a time step, a shared weight).",
        "漏了一处使用：{node} 在多处被用到，第 {use} 处传回的部分没有加上（某个时间步，或共享的权重）。",
    ),
    "cause.only_last_use": (
        "Only the last use counted: {node} is used in several places; their parts are to be added, not "
        "overwritten.",
        "只算了最后一处：{node} 在多处被用到，各处的贡献应相加，而不是覆盖。",
    ),
    "cause.only_first_use": (
        "Only the first use counted: {node} is used in several places; the parts of all are to be added.",
        "只算了第一处：{node} 在多处被用到，各处的贡献都应相加。",
    ),
    "cause.sample_missing": (
        "Sample {sample} is missing from the sum over the samples.",
        "对样本求和时漏了第 {sample} 个样本。",
    ),
    "cause.sample_only": (
        "Only sample {sample} counted; the parts of all samples are to be added.",
        "只算了第 {sample} 个样本；所有样本的贡献都应相加。",
    ),
    "cause.stale_total": (
        "Stale accumulation: running totals were added up, so that early samples count several times.",
        "累加未清零：把逐次的累计值又加了起来，靠前的样本被重复计算。",
    ),
    "cause.stale_delta": (
        "Stale accumulation: the δ of {node} was not cleared between samples.",
        "累加未清零：{node} 的 δ 在样本之间没有清零。",
    ),
    "cause.stale_delta.all": (
        "Stale accumulation: the δ of all layers were not cleared between samples.",
        "累加未清零：各层的 δ 在样本之间没有清零。",
    ),
    # ---- causes: biases
    "cause.bias_last_sample": (
        "The gradient of {node} was not summed over the batch: it is the last sample's δ alone.",
        "{node} 的梯度没有对批次求和：只是最后一个样本的 δ。",
    ),
    "cause.bias_first_sample": (
        "The gradient of {node} was not summed over the batch: it is the first sample's δ alone.",
        "{node} 的梯度没有对批次求和：只是第一个样本的 δ。",
    ),
    "cause.bias_mean": (
        "The gradient of {node} was averaged over the batch where it is to be summed.",
        "{node} 的梯度对批次取了平均，而应求和。",
    ),
    "cause.bias_last_sample.all": (
        "The gradients of the biases were not summed over the batch: they are the last sample's δ alone.",
        "各层偏置的梯度都没有对批次求和：只是最后一个样本的 δ。",
    ),
    "cause.bias_first_sample.all": (
        "The gradients of the biases were not summed over the batch: they are the first sample's δ alone.",
        "各层偏置的梯度都没有对批次求和：只是第一个样本的 δ。",
    ),
    "cause.bias_mean.all": (
        "The gradients of the biases were averaged over the batch where they are to be summed.",
        "各层偏置的梯度都对批次取了平均，而应求和。",
    ),
    "cause.bias_last_sample.whole": (
        "The gradient of {node} was not summed over the batch: it is the last sample's δ, not even divided "
        "by the number of samples.",
        "{node} 的梯度没有对批次求和：只是最后一个样本的 δ，也没有除以样本数。",
    ),
    "cause.bias_first_sample.whole": (
        "The gradient of {node} was not summed over the batch: it is the first sample's δ, not even divided "
        "by the number of samples.",
        "{node} 的梯度没有对批次求和：只是第一个样本的 δ，也没有除以样本数。",
    ),
    "cause.bias_last_sample.whole.all": (
        "The gradients of the biases were not summed over the batch: they are the last sample's δ, not even "
        "divided by the number of samples.",
        "各层偏置的梯度都没有对批次求和：只是最后一个样本的 δ，也没有除以样本数。",
    ),
    "cause.bias_first_sample.whole.all": (
        "The gradients of the biases were not summed over the batch: they are the first sample's δ, not even "
        "divided by the number of samples.",
        "各层偏置的梯度都没有对批次求和：只是第一个样本的 δ，也没有除以样本数。",
    ),
    "cause.shared_first": (
        "{node} is shared by the layer, but only the first neuron's δ was counted.",
        "{node} 由整层共用，却只算了第一个神经元的 δ。",
    ),
    "cause.shared_last": (
        "{node} is shared by the layer, but only the last neuron's δ was counted.",
        "{node} 由整层共用，却只算了最后一个神经元的 δ。",
    ),
    "cause.shared_mean": (
        "{node} is shared by the layer; its gradient is the sum of the neurons' δ, not their mean.",
        "{node} 由整层共用；其梯度是各神经元 δ 之和，而不是平均。",
    ),
    "cause.not_summed": (
        "The gradient of {node} was not summed over the batch: it still has a row for each of {count} samples.",
        "{node} 的梯度没有对批次求和：仍是 {count} 个样本各一行。",
    ),
    # ---- causes: penalties
    "cause.penalty_forgotten": (
        "Regularisation was forgotten: the function has a penalty whose gradient, {share} times the parameter, "
        "is missing.",
        "漏了正则化：函数里有惩罚项，其梯度（参数的 {share} 倍）没有加上。",
    ),
    "cause.penalty_unasked": (
        "A penalty too many: the gradient has {share} times the parameter in it, which the function does not.",
        "多了正则化：梯度里含有参数的 {share} 倍，而函数里没有这一项。",
    ),
    "cause.penalty_on_biases": (
        "Regularisation was put on the biases: their gradient has {share} times the bias in it, which the "
        "function does not.",
        "正则化加到了偏置上：其梯度里含有偏置的 {share} 倍，而函数里没有这一项。",
    ),
    # ---- causes: numbers in other places
    "cause.array_transposed": (
        "The gradient of {node} is transposed: the indices of row and column are swapped.",
        "{node} 的梯度被转置了：行、列下标对调了。",
    ),
    "cause.shape_transposed": (
        "The gradient of {node} has the shape of its transpose: write inputsᵀ · δ the other way round.",
        "{node} 的梯度形状是转置的：乘积的次序写反了。",
    ),
    "cause.shape": (
        "The gradient of {node} has the shape {given}, where {wanted} is needed.",
        "{node} 的梯度形状为 {given}，而应为 {wanted}。",
    ),
    "cause.column_order": (
        "The numbers of {node} are right, but filled in column by column.",
        "{node} 的数值正确，却按列填入了。",
    ),
    "cause.row_order": (
        "The numbers of {node} are right, but read column by column and filled in row by row.",
        "{node} 的数值正确，却按列读取、按行填入了。",
    ),
    "cause.rows_reversed": ("The rows of {node} are in reverse order.", "{node} 的行序颠倒了。"),
    "cause.columns_reversed": (
        "The columns of {node} are in reverse order.",
        "{node} 的列序颠倒了。",
    ),
    "cause.rows_rolled": (
        "Every row of {node} is one place too far: an index off by one.",
        "{node} 的每一行都错后一位：下标差一。",
    ),
    "cause.rows_rolled_back": (
        "Every row of {node} is one place too early: an index off by one.",
        "{node} 的每一行都错前一位：下标差一。",
    ),
    "cause.columns_rolled": (
        "Every column of {node} is one place too far: an index off by one.",
        "{node} 的每一列都错后一位：下标差一。",
    ),
    "cause.columns_rolled_back": (
        "Every column of {node} is one place too early: an index off by one.",
        "{node} 的每一列都错前一位：下标差一。",
    ),
    "cause.swapped_entries": (
        "Two numbers of {node} stand in each other's place: {first} and {second}.",
        "{node} 中有两个数互换了位置：{first} 与 {second}。",
    ),
    "cause.swapped_rows": (
        "Rows {first} and {second} of {node} stand in each other's place.",
        "{node} 的第 {first} 行与第 {second} 行互换了。",
    ),
    "cause.swapped_columns": (
        "Columns {first} and {second} of {node} stand in each other's place.",
        "{node} 的第 {first} 列与第 {second} 列互换了。",
    ),
    # ---- causes: a factor of the derivation
    "cause.factor_missing": (
        "At {at} the ratio is that of a missing factor: {factor}.",
        "{at} 处的比值恰等于漏乘因子 {factor}。",
    ),
    "cause.factor_twice": (
        "At {at} the ratio is that of a factor counted twice: {factor}.",
        "{at} 处的比值恰等于因子 {factor} 多乘了一次。",
    ),
    # ---- causes: the rule of an operation
    "cause.rule_product": (
        "The backward rule of {op} is wrong for its input {input} (node {node}): it gives {said}, the right one "
        "is {right}.",
        "{op} 对输入 {input} 的反向规则有误（节点 {node}）：它给出 {said}，正确的是 {right}。",
    ),
    "cause.rule_factor": (
        "The backward rule of {op} is wrong for its input {input} (node {node}): {ratio} times the right one.",
        "{op} 对输入 {input} 的反向规则有误（节点 {node}）：是正确值的 {ratio} 倍。",
    ),
    "cause.rule_zero": (
        "The backward rule of {op} gives nothing back to its input {input} (node {node}), on which its result "
        "depends.",
        "{op} 的反向规则没有给输入 {input} 传回任何梯度（节点 {node}），而结果依赖于它。",
    ),
    "cause.rule_shape": (
        "The backward rule of {op} gives its input {input} (node {node}) a gradient of shape {given}; the input "
        "has shape {wanted}: something is transposed, or not summed.",
        "{op} 的反向规则给输入 {input}（节点 {node}）的梯度形状为 {given}，而输入的形状为 {wanted}：有转置，或没有求和。",
    ),
    "cause.rule_fails": (
        "The backward rule of {op} fails for its input {input} (node {node}): {why}.",
        "{op} 对输入 {input} 的反向规则运行失败（节点 {node}）：{why}。",
    ),
    "cause.rule_fails.right": (
        "The backward rule of {op} fails for its input {input} (node {node}): {why}. By differences of its forward "
        "the right one is {right}.",
        "{op} 对输入 {input} 的反向规则运行失败（节点 {node}）：{why}。由前向差商可知，正确的是 {right}。",
    ),
    "cause.rule_wrong": (
        "The backward rule of {op} is wrong for its input {input} (node {node}); the other operations' are right.",
        "{op} 对输入 {input} 的反向规则有误（节点 {node}）；其余运算的规则正确。",
    ),
    "cause.convention": (
        "No rule is wrong by itself; but {op} follows a convention at its edge ({convention}), and what it hands "
        "back there is not the slope.",
        "各运算的规则本身没有错；但 {op} 在边界处依约定（{convention}），在那里传回的并不是斜率。",
    ),
    # ---- causes: what a gradient of an opaque function is made of
    "cause.made_of": (
        "The gradient of {node} is {said}; the right one is {right} (g: the gradient from above).",
        "{node} 的梯度是 {said}；正确的是 {right}（g 为上游梯度）。",
    ),
    "cause.made_of.said": (
        "The gradient of {node} is {said}, which is not that of the function (g: the gradient from above).",
        "{node} 的梯度是 {said}，但这不是该函数的梯度（g 为上游梯度）。",
    ),
    "cause.made_of.right": (
        "The right gradient of {node} is {right} (g: the gradient from above).",
        "{node} 的正确梯度是 {right}（g 为上游梯度）。",
    ),
    "cause.fails.right": (
        "The gradient of {node} could not be computed; by differences the right one is {right} (g: the gradient "
        "from above).",
        "{node} 的梯度无法算出；由差商可知，正确的是 {right}（g 为上游梯度）。",
    ),
    # ---- causes: somebody's own difference quotient
    "cause.quotient_step": (
        "The difference was divided by h where it reaches over 2h: (f(x + h) − f(x − h)) / (2h).",
        "差值跨越了 2h，却只除以 h：应为 (f(x + h) − f(x − h)) / (2h)。",
    ),
    "cause.quotient_one_sided": (
        "The difference was divided by 2h where it reaches over h only.",
        "差值只跨越了 h，却除以 2h。",
    ),
    "cause.quotient_factor": (
        "The difference quotient is {ratio} times the right one everywhere.",
        "差商处处是正确值的 {ratio} 倍。",
    ),
    "cause.quotient_rough": (
        "The difference quotient is rough: off by {off} at most, relatively; its step is too large (take the "
        "central one) or so small that rounding takes over.",
        "差商不准：相对误差最大 {off}；步长过大（应取中心差商），或过小以致舍入误差占了上风。",
    ),
    "cause.quotient_shape": (
        "The difference quotients of {node} have the shape {given}, the gradient has {wanted}.",
        "{node} 的差商形状为 {given}，而梯度的形状为 {wanted}。",
    ),
}
