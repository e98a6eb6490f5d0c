"""Every sentence of an explanation, by id, in English and Chinese.

A step or a document carries ids and numbers, never text. `say` puts a sentence into a language; a
test holds that no id lacks one, and that both languages have the same blanks.
"""

from __future__ import annotations

import locale
import os

from whygrad.errors import ConfigError

LANGUAGES = ("en", "zh")


def say(id_: str, lang: str, **blanks: str) -> str:
    """A sentence in a language with its blanks filled."""
    return template(id_, lang).format(**blanks)


def template(id_: str, lang: str) -> str:
    """A sentence in a language, its blanks as {name}."""
    return SENTENCES[id_][LANGUAGES.index(lang)]


def language(asked: str | None) -> str:
    """The language asked for; else the locale's where it is one of ours, else English."""
    if asked is not None:
        if asked not in LANGUAGES:
            raise ConfigError(f"There is no language {asked!r}.", hint="one of en, zh")
        return asked
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(variable):
            return "zh" if os.environ[variable].lower().startswith("zh") else "en"
    return "zh" if (locale.getlocale()[0] or "").lower().startswith(("zh", "chinese")) else "en"


# ruff: noqa: E501 (a Chinese sign counts as two columns)
# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {
    # ---- the parts of a page
    "explain.title": ("The network {sizes}, worked out", "网络 {sizes} 的完整推导"),
    "part.network": ("The network and its numbers", "网络与已知数值"),
    "part.forward": ("Step 1: forward", "第一步：前向传播"),
    "part.error": ("The error", "总误差"),
    "part.backward": ("Step 2: backward", "第二步：反向传播"),
    "network.summary": (
        "Layers {sizes}; activations {activations}; loss {loss}; samples: {samples}.",
        "各层神经元数 {sizes}；激活函数 {activations}；损失函数 {loss}；样本数 {samples}。",
    ),
    "network.caption": (
        "The network with its values.",
        "网络及其各处的数值。",
    ),
    "network.given": ("Given", "已知"),
    "network.rate": ("Learning rate {rate}.", "学习速率 {rate}。"),
    "network.biases_stay": (
        "The biases are not trained.",
        "截距项（偏置）不参与训练。",
    ),
    "rounding": (
        "Numbers are rounded for printing; ≈ where the printed ones would give another last digit.",
        "数字为显示而四舍五入；若按显示的数字计算末位会不同，则写作 ≈。",
    ),
    "notation.indexed": (
        "In w⁽ˡ⁾ⱼₖ the layer stands above; below, first the neuron that the weight leads to, then "
        "the one that it comes from.",
        "记号 w⁽ˡ⁾ⱼₖ 中，上标为层号；下标先写权重指向的神经元，再写它来自的神经元。",
    ),
    "table.more": (
        "… and {count} more (--all shows every one, --of NAME any one).",
        "……其余 {count} 个从略（--all 全部列出，--of 名称 查看任意一个）。",
    ),
    "forward.hidden": (
        "Layer {layer}: to the hidden neurons",
        "第 {layer} 层：输入到隐含层的神经元",
    ),
    "forward.output": (
        "Layer {layer}: to the output neurons",
        "第 {layer} 层：到输出层的神经元",
    ),
    "forward.likewise": ("The others likewise:", "其余同理："),
    "head.net": ("net input", "净输入 net"),
    "head.out": ("output", "输出 out"),
    "head.delta": ("delta", "误差项 δ"),
    "head.errors": ("Errors", "误差"),
    "backward.idea": (
        "How does the error change when a weight changes a little? By the chain rule that is a "
        "product: walk back from the error to the weight and multiply what lies on the way. What "
        "was found for a later layer is used again in the layer before it.",
        "权重稍有变化时，总误差如何变化？由链式法则，它是一个乘积：从误差出发往回走到该权重，把沿途各项"
        "相乘。后一层求出的结果，前一层接着使用。",
    ),
    "backward.output": (
        "Layer {layer}: the weights of the output layer",
        "第 {layer} 层：输出层的权重",
    ),
    "backward.hidden": (
        "Layer {layer}: the weights of a hidden layer",
        "第 {layer} 层：隐含层的权重",
    ),
    "weight.in_full": ("{weight} in full", "以 {weight} 为例"),
    "path.caption": (
        "The way from the error back to {weight}.",
        "误差沿此路径反向传播到 {weight}。",
    ),
    "meeting.caption": (
        "The errors that meet on the way back to {weight}.",
        "各输出的误差在通往 {weight} 的途中汇合。",
    ),
    "way.sample": (
        "The drawing shows sample {sample}, which contributes most: {share}.",
        "图中所示为贡献最大的样本 {sample}：{share}。",
    ),
    "rest.meaning": (
        "A long sum shows its largest terms; {rest} is the sum of the other {terms}.",
        "长的和式只列出最大的几项；{rest} 表示其余 {terms} 项之和。",
    ),
    "general.form": ("Put together, the general form is", "代入各因子，得一般形式"),
    "delta.form": (
        "With δ for what has reached a neuron's net input, it is shorter:",
        "把传到神经元净输入处的误差记作 δ，则可简写为：",
    ),
    "delta.title": ("δ of each neuron", "各神经元的 δ"),
    "delta.meaning": (
        "δ is how the error changes with a neuron's net input.",
        "δ 表示总误差对神经元净输入的偏导数。",
    ),
    "gradients.title": ("Every gradient of the layer", "本层所有梯度"),
    "update.title": ("The step", "更新"),
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
    # ---- why
    "why.title": ("Why {target} is what it is", "{target} 的由来"),
    "rule.errors": (
        "{what} takes part in more than one output, so the errors of all of them come back to it; "
        "they are added.",
        "{what} 影响多个输出，因此各输出的误差都会传回来；把它们相加。",
    ),
    "rule.samples": (
        "{what} is used for every sample; the parts of the samples are added.",
        "每个样本都用到 {what}；把各样本的贡献相加。",
    ),
    "rule.uses": (
        "{what} is used in more than one place; the parts of all its uses are added.",
        "{what} 在多处被使用；把各处的贡献相加。",
    ),
    "rule.paths": (
        "Several ways lead from {what} to the error; they are added.",
        "从 {what} 到总误差有多条路径；把它们相加。",
    ),
    "rule.cut": (
        "No way leads on: {through} selects nothing here, so the gradient of {what} is 0.",
        "此路不通：{through} 在这里什么也不选取，所以 {what} 的梯度为 0。",
    ),
    "rule.unused": (
        "The error does not depend on {what}.",
        "总误差与 {what} 无关。",
    ),
    "proved": (
        "✓ by finite differences (turned a hair both ways): {number}",
        "✓ 差商验证（向两侧各拨一丝）：{number}",
    ),
    # ---- the worked example
    "demo.title": (
        "Back-propagation, worked out: the article's 2-2-2 network",
        "反向传播完整算例：文章中的 2-2-2 网络",
    ),
    "demo.error": ("1. The total error", "1. 计算总误差"),
    "demo.output_weights": (
        "2. From hidden to output: {weight} as the example",
        "2. 隐含层到输出层的权重更新：以 {weight} 为例",
    ),
    "demo.hidden_weights": (
        "3. From input to hidden: {weight} as the example",
        "3. 输入层到隐含层的权重更新：以 {weight} 为例",
    ),
    "demo.others": (
        "The other weights of the layer in the same way:",
        "本层其余权重同理：",
    ),
    "demo.update": (
        "Every weight takes a step against its gradient:",
        "各权重沿梯度的反方向更新：",
    ),
    "demo.repeat": ("Again and again", "反复迭代"),
    "demo.after_one": (
        "After one step of all eight weights the total error has fallen from {before} to {after}.",
        "八个权重各更新一次后，总误差由 {before} 降至 {after}。",
    ),
    "demo.end": (
        "After {steps} steps the total error is {loss}; the outputs are {out1} and {out2}, wanted "
        "were 0.01 and 0.99.",
        "迭代 {steps} 次后，总误差为 {loss}；输出为 {out1} 与 {out2}，目标为 0.01 与 0.99。",
    ),
    "demo.note": ("About the article's figures", "关于文章中的数值"),
    "demo.note.text": (
        "The article prints other figures for the error after one step and for the end. They do "
        "not follow from the weights that it prints, but, to every digit, from a program that "
        "computes the hidden layer's gradients with output weights that are already updated.",
        "文章给出的一次迭代后的误差与最终结果与此不同：它们并非由文中列出的更新后权重得出，而是（逐位吻合）"
        "出自这样的程序：计算隐含层梯度时，用的是已经更新过的输出层权重。",
    ),
    "demo.note.belongs": (
        "The left column is right: every gradient is taken at the same weights "
        '(update_order = "simultaneous", the default). The article\'s figures belong to the '
        'other column (update_order = "sequential").',
        '左列才是正确的：所有梯度都在同一组权重处求得（update_order = "simultaneous"，默认）。'
        '文章的数值属于另一列（update_order = "sequential"）。',
    ),
    "demo.note.biases": (
        "Were the intercepts trained as well, the total error after one step would be {shared} "
        "(shared within a layer) or {own} (one a neuron).",
        "若截距项也参与训练，一次迭代后的总误差为 {shared}（每层共用）或 {own}（每个神经元各一）。",
    ),
    "demo.note.slip": (
        "A slip of the pen: the article's text prints the first output as 0.75136079; it is "
        "{value}.",
        "另有一处笔误：文章正文把第一个输出写成 0.75136079，应为 {value}。",
    ),
    "demo.right": ("old weights", "全用旧权重"),
    "demo.ran": ("output updated first", "先更新输出层"),
    "demo.printed": ("the article", "文章所印"),
    "demo.loss_after": ("total error, step {steps}", "总误差，第 {steps} 次"),
    "demo.output_after": ("output {k}, step {steps}", "输出 {k}，第 {steps} 次"),
    # ---- the demo's one screen (lines of at most 78 columns; a Chinese sign takes two)
    "screen.title": (
        "whygrad: back-propagation that shows its work",
        "whygrad：把反向传播的每一步都算给你看",
    ),
    "screen.nudge": (
        "1  Does w5 matter? Turn it a little and look.\n"
        "     w5 {old} → {new}   error {before} → {after}   slope about {slope}",
        "1  w5 有多大影响？轻轻拨动它看看。\n"
        "     w5 {old} → {new}   误差 {before} → {after}   斜率约 {slope}",
    ),
    "screen.road": (
        "2  Back-propagation finds the slope without turning anything: walk back from\n"
        "   the error to w5 and multiply what you meet.",
        "2  反向传播无须拨动就能求出斜率：从误差往回走到 w5，把沿途各项相乘（链式法则）。",
    ),
    "screen.proof": (
        "checked by turning w5 both ways, a hair:",
        "把 w5 向两侧各拨一丝验证：",
    ),
    "screen.roads": (
        "3  w1 lies further back and reaches the error by two roads. Add them, go on.",
        "3  w1 在更前面，经两条路到达误差：两路相加，再继续往回乘。",
    ),
    "screen.through": ("through {output}", "经 {output}"),
    "screen.sum": ("sum", "相加"),
    "screen.step": (
        "4  Step each weight against its slope:  {update}",
        "4  各权重沿梯度反方向走一步：  {update}",
    ),
    "screen.again": (
        "5  Again and again ({seconds} s):",
        "5  反复迭代（{seconds} 秒）：",
    ),
    "screen.count": ("steps", "次数"),
    "screen.error": ("error", "总误差"),
    "screen.article": ("the article", "文章所印"),
    "screen.end": (
        "     (The article's program moved w5…w8 before it took w1…w4's gradients:\n"
        "     whygrad demo --full.) Now {out1} and {out2}, wanted 0.01, 0.99.\n"
        "     {proved} of 8 gradients proved by finite differences ✓",
        "     （文章的程序先更新了 w5…w8 才求 w1…w4 的梯度：见 whygrad demo --full）\n"
        "     现在的输出：{out1} 与 {out2}，目标：0.01 与 0.99。\n"
        "     8 个梯度中有 {proved} 个经差商验证 ✓",
    ),
    "screen.next": (
        "Next   whygrad demo --full                the whole solution, every number\n"
        "       whygrad init 3-4-2 > my.toml       your own network, then:\n"
        "       whygrad explain my.toml --of w7    why any one weight; --lang zh  中文",
        "接下来 whygrad demo --full                完整解答，每一个数\n"
        "       whygrad init 3-4-2 > my.toml       你自己的网络，然后：\n"
        "       whygrad explain my.toml --of w7    任意一个权重；--lang en  English",
    ),
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
    # ---- derivatives
    "derive.title": ("The derivative of {what}", "{what} 的导数"),
    "derive.inside_out": (
        "The formula is taken apart from the inside out; each inner function gets a name.",
        "由内向外逐层拆开公式，给每个内层函数起一个名字。",
    ),
    "derive.constant": ("A constant does not change.", "常数的导数为 0。"),
    "derive.variable": ("x changes as x does.", "x 对自身的导数为 1。"),
    "derive.factor": (
        "Constant factor: it stays as it is.",
        "常数因子：照原样保留。",
    ),
    "derive.sum": (
        "Sum rule: the derivatives are added.",
        "和的求导法则：各项导数相加。",
    ),
    "derive.difference": (
        "Difference rule: the derivatives are subtracted.",
        "差的求导法则：各项导数相减。",
    ),
    "derive.product": (
        "Product rule: (a·b)′ = a′·b + a·b′.",
        "乘积法则：(a·b)′ = a′·b + a·b′。",
    ),
    "derive.quotient": (
        "Quotient rule: (a/b)′ = a′/b − a·b′/b².",
        "商的求导法则：(a/b)′ = a′/b − a·b′/b²。",
    ),
    "derive.reciprocal": (
        "Reciprocal rule: (1/b)′ = −b′/b².",
        "倒数的求导法则：(1/b)′ = −b′/b²。",
    ),
    "derive.power": (
        "Power rule: the exponent comes down, and is one less above.",
        "幂函数求导：指数移到前面，原指数减一。",
    ),
    "derive.exponential": (
        "Exponential with a fixed base: itself times the logarithm of the base.",
        "指数函数求导：自身乘以底数的对数。",
    ),
    "derive.choice": (
        "A choice: each case has the derivative of its own branch.",
        "分段函数：各段分别求导。",
    ),
    "derive.known": (
        "A basic derivative: {of}, from the rule book.",
        "基本导数：{of}，取自运算法则表。",
    ),
    "derive.chain": (
        "Chain rule: the derivative of {of} at its inner function, times the inner derivative.",
        "链式法则：{of} 在内层函数处的导数，乘以内层函数的导数。",
    ),
    "derive.rewrite": (
        "Rewritten into the form that the rule book uses (the two forms differ by at most {off}, "
        "relatively, at all points tried):",
        "改写成运算法则所用的形式（在所有试验点上，两种形式的相对差异不超过 {off}）：",
    ),
    "derive.convention": (
        "At its kink, by convention: {convention}.",
        "在尖点处的约定：{convention}。",
    ),
    "derive.proved": (
        "✓ checked by finite differences at {points} points from −4 to 4: they differ by at most "
        "{off}, relatively.",
        "✓ 在 −4 到 4 之间的 {points} 个点上用差商验证：相对差异不超过 {off}。",
    ),
    "derive.unproved": (
        "✗ finite differences at {points} points do not confirm it: relative difference {off}.",
        "✗ {points} 个点上的差商未能证实：相对差异 {off}。",
    ),
    # ---- graphs
    "graph.title": ("A traced function, worked out", "所追踪函数的推导"),
    "graph.summary": (
        "{nodes} nodes; the result is {loss}.",
        "共 {nodes} 个节点；结果为 {loss}。",
    ),
    "graph.ask": (
        'Ask for any one number: trace.why("NAME[0,0]").',
        '查看任意一个数的由来：trace.why("NAME[0,0]")。',
    ),
    "node.given": ("given", "已知"),
    "head.node": ("node", "节点"),
    "head.made": ("operation", "运算"),
    "head.from": ("of", "作用于"),
    "head.shape": ("shape", "形状"),
    "head.size": ("norm", "范数"),
    "head.gradient": ("norm of gradient", "梯度范数"),
}
