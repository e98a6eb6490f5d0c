"""What the page of an update rule says."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {
    # ---- update rules
    "update.page": ("The update of {target} by {rule}", "{rule} 对 {target} 的更新"),
    "update.rate": ("The learning rate η is {rate}.", "学习速率 η 为 {rate}。"),
    "update.number": ("Update {t}", "第 {t} 次更新"),
    "rule_of.sgd": (
        "Plain gradient descent: against the gradient, η times as far.",
        "普通梯度下降：沿梯度的反方向走，步长为 η 乘以梯度。",
    ),
    "rule_of.momentum": (
        "Momentum remembers a decaying sum u of the gradients and steps along it (Polyak 1964).",
        "动量法记住梯度的衰减累加 u，并沿它更新（Polyak 1964）。",
    ),
    "rule_of.nesterov": (
        "Nesterov's momentum steps along the gradient and where u will lead next (Sutskever and others 2013).",
        "Nesterov 动量沿梯度以及 u 将要到达的方向更新（Sutskever 等 2013）。",
    ),
    "rule_of.rmsprop": (
        "RMSprop divides the gradient by the root of a running mean v of its squares (Tieleman and Hinton 2012).",
        "RMSprop 用梯度平方的滑动平均 v 的平方根去除梯度（Tieleman 与 Hinton 2012）。",
    ),
    "rule_of.adam": (
        "Adam keeps a running mean m of the gradient and v of its square; both start at 0, which m̂ and v̂ correct; ε stands after the corrected root (Kingma and Ba 2015, algorithm 1).",
        "Adam 记录梯度的滑动平均 m 与梯度平方的滑动平均 v；二者从 0 开始，m̂ 与 v̂ 修正这一偏差；ε 加在修正后的平方根之后（Kingma 与 Ba 2015，算法 1）。",
    ),
    "rule_of.adamw": (
        "AdamW is Adam, and besides every parameter shrinks by η · λ of itself (Loshchilov and Hutter 2019).",
        "AdamW 即 Adam，另外每个参数按自身的 η · λ 衰减（Loshchilov 与 Hutter 2019）。",
    ),
    "rule_of.rprop": (
        "Rprop takes the sign of the gradient alone: each weight has a step size Δ of its own, which grows while the sign stays (the agreement a = k · g is positive) and shrinks where it turns; the last step s is then taken back, and the gradient that is kept, k, is 0 (Riedmiller and Braun 1993).",
        "Rprop 只看梯度的符号：每个权重有自己的步长 Δ，符号不变（乘积 a = k · g 为正）时增大，符号改变时减小；此时撤回上一步 s，并令记住的梯度 k 为 0（Riedmiller 与 Braun 1993）。",
    ),
    "rule_of.irprop-": (
        "iRprop⁻ takes the sign of the gradient alone: each weight has a step size Δ of its own, which grows while the sign stays (the agreement a = k · g is positive) and shrinks where it turns; the weight then rests for one update, since the gradient that is kept, k, is 0 (Igel and Hüsken 2000).",
        "iRprop⁻ 只看梯度的符号：每个权重有自己的步长 Δ，符号不变（乘积 a = k · g 为正）时增大，符号改变时减小；此时记住的梯度 k 为 0，该权重停一步（Igel 与 Hüsken 2000）。",
    ),
    "update.sizes": (
        "There is no learning rate; every step size begins at {delta0}.",
        "没有学习速率；每个步长从 {delta0} 开始。",
    ),
    "lm.page": ("One iteration of Levenberg–Marquardt", "Levenberg–Marquardt 的一次迭代"),
    "lm.rule": (
        "The step solves (JᵀJ + μI) · Δw = −Jᵀe, with the residuals e = output − target of all samples and their Jacobian J. A step that lowers the loss is taken and μ falls to a tenth; otherwise μ rises tenfold and the step is tried anew (Marquardt 1963; MATLAB's trainlm).",
        "更新量由 (JᵀJ + μI) · Δw = −Jᵀe 解出，其中 e = 输出 − 目标是全部样本的残差，J 是其雅可比矩阵。若误差下降则接受，μ 变为十分之一；否则 μ 增大十倍再试（Marquardt 1963；MATLAB 的 trainlm）。",
    ),
    "lm.sizes": (
        "J has {rows} rows (residuals) and {columns} columns (parameters).",
        "J 有 {rows} 行（残差）、{columns} 列（参数）。",
    ),
    "lm.now": (
        "Before the step: Σe² = {sse}, loss {loss}, norm of the gradient {gradient}.",
        "更新之前：Σe² = {sse}，误差 {loss}，梯度的范数 {gradient}。",
    ),
    "lm.step": ("norm of the step", "更新量的范数"),
    "lm.loss": ("loss after it", "更新后的误差"),
    "lm.taken": ("lower: taken", "下降：接受"),
    "lm.refused": ("not lower: refused", "未下降：放弃"),
    "lm.next": ("The next iteration begins with μ = {mu}.", "下一次迭代从 μ = {mu} 开始。"),
}
