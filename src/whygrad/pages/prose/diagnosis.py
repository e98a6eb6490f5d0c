"""What is said where numbers stopped being finite."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {
    # ---- where numbers stop being finite
    "finite.title": ("Where numbers stopped being finite", "数值从哪里开始不再有限"),
    "finite.all": (
        "Everything is finite: the loss is {loss}, and every gradient is a finite number ({dtype}).",
        "一切都是有限的：总误差为 {loss}，每个梯度都是有限数（{dtype}）。",
    ),
    "finite.several": (
        "The function gives several numbers; their sum is what is derived here.",
        "该函数给出多个数；这里求导的是它们的和。",
    ),
    "finite.line": ("The line: {source}.", "所在行：{source}。"),
    "finite.given": (
        "{what} came in as {value}. It is the first number that is not finite; nothing has been "
        "computed yet.",
        "{what} 给进来时就是 {value}。它是第一个不有限的数，此时还没有做任何计算。",
    ),
    "finite.file": (
        "The first number that is not finite stands in the file itself. {asked} Given: {given}.",
        "第一个不有限的数就写在文件里。{asked} 实际给出：{given}。",
    ),
    "finite.cast": (
        "{what} = {number} is larger than {dtype} holds: it is ∞ before anything is computed.",
        "{what} = {number} 超出了 {dtype} 的范围：还没有做任何计算，它就成了 ∞。",
    ),
    "finite.made": (
        "{what} is {value}. It is the first number that is not finite: on the way forward, {op} "
        "makes it of finite numbers.",
        "{what} 为 {value}。它是第一个不有限的数：前向传播中，{op} 由有限的数算出了它。",
    ),
    "finite.then_made": (
        "{what} is {value}: {op} makes it of finite numbers, too.",
        "{what} 为 {value}：{op} 同样由有限的数算出了它。",
    ),
    "finite.met": (
        "Then {what} becomes {value}: in {op} infinities, or an infinity and 0, meet.",
        "随后 {what} 变为 {value}：在 {op} 中，无穷与无穷（或与 0）相遇。",
    ),
    "finite.unselected": (
        "A mask keeps it out of the result, so the loss stays finite. But the gradient goes through "
        "that branch as well.",
        "掩码没有选中它，所以总误差仍是有限的；但梯度同样会经过那条分支。",
    ),
    "finite.product": (
        "On the way back the gradient of {what} breaks at {op}: from above comes {upstream}, its own "
        "slope is {local}, and the product is {value}.",
        "反向传播时，{what} 的梯度在 {op} 处出错：上游传来 {upstream}，它自身的导数为 {local}，乘积为 "
        "{value}。",
    ),
    "finite.product_overflow": (
        "On the way back the gradient of {what} overflows at {op}: {upstream} from above times "
        "{local} is more than {dtype} holds.",
        "反向传播时，{what} 的梯度在 {op} 处溢出：上游的 {upstream} 乘以 {local} 超出了 {dtype} 的范围。",
    ),
    "finite.product_met": (
        "Then the gradient of {what} becomes {value}: from above comes {upstream}, and {upstream} "
        "times {local} is not a number.",
        "随后 {what} 的梯度变为 {value}：上游传来 {upstream}，而 {upstream} 乘以 {local} 不是一个数。",
    ),
    "finite.opaque": (
        "whygrad has no rule of its own for {op}: its value and its slope are JAX's.",
        "whygrad 没有 {op} 的规则：它的值和导数都由 JAX 给出。",
    ),
    "finite.parts": (
        "On the way back the parts of the gradient of {what} are finite, but their sum is {value}.",
        "反向传播时，{what} 的梯度的各部分都有限，但它们的和为 {value}。",
    ),
    "finite.update": (
        "Update {count} makes {what} {value}: the step is larger than {dtype} holds.",
        "第 {count} 次更新使 {what} 变为 {value}：步长超出了 {dtype} 的范围。",
    ),
    "finite.updated": (
        "The step itself is finite. After {count} updates with the learning rate {rate} it no longer "
        "is; the loss on the way: {losses}.",
        "这一步本身是有限的。以学习速率 {rate} 更新 {count} 次之后就不再有限；其间的总误差：{losses}。",
    ),
    "finite.coarse": (
        "In float64 everything is finite. In float32, in which training runs unless told otherwise, "
        "it is not:",
        "在 float64 中一切有限；但训练默认使用 float32，在其中则不然：",
    ),
    "finite.more": (
        "Further entries of the same array where it happens: {count}.",
        "同一数组中还有 {count} 个元素也是如此。",
    ),
    # ---- what it should have been
    "should.exact": (
        "It should be {value}: that is what it is when it is computed with enough digits.",
        "它本应为 {value}：用足够多的位数计算，得到的就是这个值。",
    ),
    "should.beyond": (
        "Its true size is about 1e{power}; {dtype} ends at {limit}.",
        "它的真实大小约为 1e{power}；而 {dtype} 最大只到 {limit}。",
    ),
    "result.exact": (
        "The result should be {value}.",
        "结果本应为 {value}。",
    ),
    "result.limit": (
        "The result has no value there, but a limit: {value}.",
        "结果在该处没有定义，但有极限：{value}。",
    ),
    "result.above": (
        "The result has no value there; where the inputs come from above, its limit is {value}.",
        "结果在该处没有定义；当输入从上方趋近时，极限为 {value}。",
    ),
    "result.below": (
        "The result has no value there; where the inputs come from below, its limit is {value}.",
        "结果在该处没有定义；当输入从下方趋近时，极限为 {value}。",
    ),
    "should.limit": (
        "It has no value there, but a limit: {value}.",
        "它在该处没有定义，但有极限：{value}。",
    ),
    "should.above": (
        "It has no value there; where its inputs come from above, the limit is {value}.",
        "它在该处没有定义；当输入从上方趋近时，极限为 {value}。",
    ),
    "should.below": (
        "It has no value there; where its inputs come from below, the limit is {value}.",
        "它在该处没有定义；当输入从下方趋近时，极限为 {value}。",
    ),
    "should.none": (
        "There is no finite value that it should have: the function has none at this point.",
        "它没有应有的有限值：函数在这一点上没有有限的值。",
    ),
    "should.gradient": (
        "The gradient of {what} should be {value}: so say difference quotients of the function.",
        "{what} 的梯度本应为 {value}：函数的差商给出这个值。",
    ),
    "should.corner": (
        "The function has a corner in {what}: on the left its slope is {left}, on the right {right}. "
        "Any number between them may serve as the gradient.",
        "函数在 {what} 处有一个尖角：左侧斜率为 {left}，右侧斜率为 {right}。介于其间的任何数都可以用作梯度。",
    ),
    "should.steep": (
        "The function has no finite slope in {what} here.",
        "函数在这一点对 {what} 没有有限的斜率。",
    ),
    # ---- mends
    "mend.title": ("What mends it", "如何修复"),
    "mend.same": (
        "Write {after} for {before}. It is the same function, computed so that this cannot happen.",
        "把 {before} 写成 {after}。它是同一个函数，只是换了一种不会出错的算法。",
    ),
    "mend.near": (
        "Write {after} for {before}. It is another function, but only close to the edge.",
        "把 {before} 写成 {after}。它是另一个函数，但只在边缘附近略有不同。",
    ),
    "mend.mask": (
        "Put the mask inside, too: {after} for {before}. So the operation never meets the number "
        "that is not selected.",
        "把掩码也放到里面：把 {before} 写成 {after}。这样运算就不会碰到未被选中的数。",
    ),
    "mend.float64": (
        "Compute it in {after} instead of {before}.",
        "改用 {after} 计算，而不是 {before}。",
    ),
    "mend.rows": (
        "Leave out sample {rows}: without it the step is finite. Better still, find out why the "
        "numbers are missing.",
        "去掉样本 {rows}：没有它，这一步就是有限的。更好的做法是查明数据为何缺失。",
    ),
    "mend.finite": (
        "Put a large finite number ({after}) where {before} is given.",
        "在给出 {before} 的地方改用一个很大的有限数（{after}）。",
    ),
    "mend.filled": (
        "The number is missing; with {after} in the place of {before} the step is finite.",
        "这个数缺失了；用 {after} 代替 {before}，这一步就是有限的。",
    ),
    "mend.scaled": (
        "Scale {after}: divided by its largest number the step is finite.",
        "缩放 {after}：除以其中最大的数之后，这一步就是有限的。",
    ),
    "mend.rate": (
        "Take a smaller learning rate: with {after} instead of {before} the loss falls for as many "
        "updates.",
        "减小学习速率：用 {after} 代替 {before}，在同样多次更新中总误差都在下降。",
    ),
    "mend.run": ("It was run:", "实际运行的结果："),
    "mend.partial": (
        "That alone is not enough; it takes away what happens at {op}.",
        "只做这一处还不够；它消除了 {op} 处的问题。",
    ),
    "mend.others": ("This makes it finite as well: {which}.", "下面的写法也能使其有限：{which}。"),
    "mend.side": (
        "At an edge the difference quotient is that of one side.",
        "在边缘处，差商取自一侧。",
    ),
    "mend.jump": (
        "Where there is no difference quotient, the function jumps or is not finite near by.",
        "没有差商之处，函数有跳跃，或在附近不是有限的。",
    ),
    "mend.none": (
        "Nothing in the catalogue of rewrites makes it finite.",
        "改写目录中没有能使其有限的办法。",
    ),
    "mend.weights": (
        "A weight that is not finite comes from an earlier step: go back to the last weights that "
        "were finite, with a smaller learning rate or with clip_norm = 1.",
        "不有限的权重来自更早的某一步：回到最后一组有限的权重，并减小学习速率或设 clip_norm = 1。",
    ),
    "mend.loss": ("result", "结果"),
    "head.before": ("before", "修复前"),
    "head.after": ("after", "修复后"),
    "head.quotient": ("difference quotient", "差商"),
}
