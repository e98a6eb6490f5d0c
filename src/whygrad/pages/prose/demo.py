"""What the worked example says, on its one screen and in full."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {
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
}
