"""What the marking of a written solution says: marks, conventions, slips."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {
    # ---- the answer
    "grade.title": ("A derivation, checked", "检查一份推导"),
    "grade.all": ("All {count} numbers follow.", "{count} 个数全部正确。"),
    "grade.none": (
        "None of these numbers can be checked.",
        "这些数都无法检查。",
    ),
    "grade.some": (
        "{good} of {count} numbers follow; the first that does not is {name}.",
        "{count} 个数中有 {good} 个正确；第一个不对的是 {name}。",
    ),
    "grade.rounded": (
        "Only rounding on the way makes the last digit of {names} differ from the exact number; that is no "
        "mistake.",
        "{names} 的末位与精确值不同，只是因为中间步骤作了舍入；这不算错。",
    ),
    "grade.cut": (
        "{names}: the digits are cut off, not rounded; look at the next digit before you stop.",
        "{names}：末位是截断而不是四舍五入；写最后一位之前应看下一位。",
    ),
    "grade.unchecked": (
        "Not checked, because this network has no such number, or because no learning rate is given: {names}.",
        "未检查（该网络没有这个量，或没有给出学习速率）：{names}。",
    ),
    "grade.blank": ("Left blank: {names}.", "没有填写：{names}。"),
    "grade.unknown": (
        "Not understood, so not graded: {name}. Nearest in this network: {near}.",
        "无法识别，未检查：{name}。该网络中最接近的是 {near}。",
    ),
    # ---- conventions
    "grade.conventions": ("How this sheet counts", "这份推导的约定"),
    "grade.counted": (
        "The sheet counts otherwise than the network's file. That is no mistake; it was checked as it counts:",
        "这份推导与网络文件的约定不同。这不算错；以下按它自己的约定检查：",
    ),
    "convention.no_half": (
        "The error is counted without the factor ½: (target − output)².",
        "误差不带系数 ½：(目标 − 输出)²。",
    ),
    "convention.half": (
        "The error is counted with the factor ½: ½(target − output)².",
        "误差带系数 ½：½(目标 − 输出)²。",
    ),
    "convention.outputs_mean": (
        "The errors of the outputs are averaged, not summed.",
        "各输出的误差取平均，而不是求和。",
    ),
    "convention.outputs_sum": (
        "The errors of the outputs are summed, not averaged.",
        "各输出的误差求和，而不是取平均。",
    ),
    "convention.samples_mean": (
        "The errors of the samples are averaged, not summed.",
        "各样本的误差取平均，而不是求和。",
    ),
    "convention.samples_sum": (
        "The errors of the samples are summed, not averaged.",
        "各样本的误差求和，而不是取平均。",
    ),
    "convention.per_sample": (
        "δ is that of each sample's own error; it is divided by the number of samples only in the gradients.",
        "δ 按各样本自己的误差计算；到求梯度时才除以样本数。",
    ),
    "convention.delta_sign": (
        "δ has the other sign: the error is counted as target − output.",
        "δ 的符号相反：误差按“目标 − 输出”计。",
    ),
    "convention.errors_sign": (
        "The derivatives with respect to net and out have the other sign: the error is counted as target − output.",
        "对 net 和 out 的导数符号相反：误差按“目标 − 输出”计。",
    ),
    "convention.all_sign": (
        "All derivatives of the error have the other sign: it is counted as target − output, and the update adds.",
        "误差的所有导数符号相反：误差按“目标 − 输出”计，更新时相加。",
    ),
    "convention.thresholds": (
        "Thresholds are counted instead of biases, θ = −b: their derivatives and updates have the other sign.",
        "用阈值代替偏置，θ = −b：其导数与更新值符号相反。",
    ),
    "convention.threshold_values": (
        "The biases are taken as thresholds: they are subtracted, net = Σ w·x − θ.",
        "把偏置当作阈值：在净输入中减去，net = Σ w·x − θ。",
    ),
    "convention.biases_per_neuron": (
        "Each neuron has a bias of its own; in the file a layer shares one.",
        "每个神经元各有自己的偏置；而文件中同一层共用一个。",
    ),
    "convention.biases_shared": (
        "A layer shares one bias; in the file each neuron has its own.",
        "同一层共用一个偏置；而文件中每个神经元各有一个。",
    ),
    "convention.biases_stay": ("The biases are not trained.", "偏置不参与训练。"),
    "convention.biases_learn": (
        "The biases are trained too; in the file they are not.",
        "偏置也参与训练；而文件中不训练偏置。",
    ),
    # ---- the first mistake
    "grade.first": ("The first mistake: {name}", "第一处错误：{name}"),
    "grade.written": (
        "You wrote {written}; right is {right}.",
        "你写的是 {written}，应为 {right}。",
    ),
    "grade.written_own": (
        "You wrote {written}; from your own numbers before it, it should be {expected} (without any mistake: "
        "{right}).",
        "你写的是 {written}；按你自己前面的数，应为 {expected}（全对时为 {right}）。",
    ),
    "grade.should": ("The line should read:", "这一行应为："),
    "grade.did": ("It was worked out as:", "实际的算法是："),
    "grade.hidden": (
        "The mistake lies in {at}, which is not on the sheet. That line should read:",
        "错误出在 {at}，它没有写在纸上。这一行应为：",
    ),
    "grade.several": (
        "Your digits come out in more than one way; the likeliest is named first.",
        "有不止一种错法会得到这些数字，最可能的写在前面。",
    ),
    "grade.or": ("Or: {why}", "或者：{why}"),
    "grade.or_at": ("Or, in {at}: {why}", "或者，在 {at} 中：{why}"),
    "grade.unexplained": (
        "No single slip that is known here gives these digits. Work the line out again, number by number.",
        "没有哪一种常见错误恰好得到这些数字。请把这一行逐个数字再算一遍。",
    ),
    "grade.pen_alone": (
        "No other number was worked out from it as it stands here.",
        "其余的数都不是由写错的这个数算出来的。",
    ),
    "grade.given": (
        "This number is given: it was copied wrongly.",
        "这个数是已知的：抄错了。",
    ),
    "grade.followed": (
        "What follows from it is worked out correctly from there on: {names}.",
        "由它推出的数此后都算得正确：{names}。",
    ),
    # ---- what else
    "grade.others": ("What else does not follow", "其他不对之处"),
    "grade.other": (
        "{name}: you wrote {written}, right is {right}. {why}",
        "{name}：你写的是 {written}，应为 {right}。{why}",
    ),
    "grade.other_own": (
        "{name}: you wrote {written}; from your own numbers it should be {expected}. {why}",
        "{name}：你写的是 {written}；按你自己的数应为 {expected}。{why}",
    ),
    "grade.again": (
        "The same mistake again: {names}.",
        "同样的错误又出现在：{names}。",
    ),
    # ---- numbers after many updates
    "after.sequential": (
        "Your digits are those of a program that updates layer by layer: it worked out the hidden layer's gradients with output "
        "weights that were updated already. Every gradient is to be taken with the old weights first.",
        "这些数字来自逐层更新的程序：计算隐含层梯度时，用的是已经更新过的输出层权重。应先用旧权重求出所有梯度，再一起更新。",
    ),
    "after.biases": (
        "Your digits come out where the biases are not trained.",
        "这些数字是不训练偏置时的结果。",
    ),
    "after.biases_too": (
        "Your digits come out where the biases are trained too.",
        "这些数字是偏置也参与训练时的结果。",
    ),
    "after.sequential_biases": (
        "Your digits come out where the weights are updated layer by layer, and the biases are treated otherwise "
        "than here.",
        "这些数字是逐层更新权重、并且对偏置的处理与此处不同时的结果。",
    ),
    "after.miscounted": (
        "These are the digits after {steps} updates.",
        "这是 {steps} 次更新之后的数字。",
    ),
    # ---- the table
    "grade.table": ("Every number", "逐个数字"),
    "grade.head.name": ("number", "量"),
    "grade.head.written": ("written", "写的"),
    "grade.head.right": ("right", "正确值"),
    "grade.head.verdict": ("verdict", "评判"),
    "grade.is.right": ("right", "正确"),
    "grade.is.rounding": ("right, rounded on the way", "正确（中间有舍入）"),
    "grade.is.cut": ("cut off, not rounded", "截断，未四舍五入"),
    "grade.is.follows": ("follows from {sources}", "由 {sources} 推出"),
    "grade.is.wrong": ("wrong", "错误"),
    "grade.is.again": ("wrong, the same again", "同样的错误"),
    "grade.is.pen": ("slip of the pen", "笔误"),
    "grade.is.unchecked": ("not checked", "未检查"),
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
    "slip.bias_subtracted": (
        "The bias {term} was subtracted; it is to be added.",
        "减去了偏置 {term}；应当加上它。",
    ),
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
