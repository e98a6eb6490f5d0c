"""What the explorable page says of large networks, drawn as blocks."""

# id: (English, Chinese)
SENTENCES: dict[str, tuple[str, str]] = {
    # ---- an element
    "view.blocks.made": ("How the value of {what} is made:", "{what} 的值是这样得到的："),
    "view.blocks.pulled": ("The gradient with respect to {what}:", "关于 {what} 的梯度："),
}
