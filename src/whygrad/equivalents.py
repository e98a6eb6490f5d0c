"""Equivalents: what MATLAB's functions and options are here, for whoever types their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from whygrad.errors import nearest

_SIZED = 'wg.train(X, y, preset="matlab", hidden=[10]), or wg.mlp([2, 10, 1], activation="tansig")'
_MINMAX = 'wg.train(…, scale="minmax"), which run.model.predict undoes'
_STANDARD = 'wg.train(…, scale="standard"), which run.model.predict undoes'
_ABSENT = "networks here are one layer after the other, trained by back-propagation"

FUNCTIONS = {
    **dict.fromkeys(("newff", "newfit", "newfftd", "feedforwardnet", "fitnet", "network"), _SIZED),
    **dict.fromkeys(
        ("patternnet", "newpr"), 'wg.train(X, labels, preset="patternnet", hidden=[10])'
    ),
    **dict.fromkeys(
        ("newcf", "cascadeforwardnet", "newelm", "elmannet", "layrecnet", "narxnet", "narnet",
         "timedelaynet", "newrb", "newrbe", "newgrnn", "newpnn", "newp", "perceptron", "newlvq",
         "newsom", "selforgmap", "competlayer"), _ABSENT,
    ),
    "sim": "run.model.predict(X)",
    "adapt": "wg.train(net, X, y, batch_size=1, shuffle=False, epochs=1, …)",
    **dict.fromkeys(("init", "configure"), "wg.mlp(…, seed=1)"),
    **dict.fromkeys(("premnmx", "tramnmx", "postmnmx", "mapminmax", "minmax"), _MINMAX),
    **dict.fromkeys(("prestd", "trastd", "poststd", "mapstd"), _STANDARD),
    "removeconstantrows": "constant columns of a table are left out by themselves",
    "fixunknowns": "missing inputs of a table are filled in, with an input that says so",
    **dict.fromkeys(("ind2vec", "vec2ind"), "labels are given, and predicted, as they are"),
    **dict.fromkeys(
        ("perform", "mse", "sse", "mae", "crossentropy"), 'wg.mlp(…, loss="mse"); run.loss'
    ),
    **dict.fromkeys(
        ("dividerand", "divideblock", "divideint", "divideind", "dividetrain"),
        'wg.train(…, divide="dividerand")',
    ),
    **dict.fromkeys(
        ("trainlm", "trainbr", "trainscg", "trainrp", "traingd", "traingdm"),
        'wg.train(…, optimizer="trainlm")',
    ),
    **dict.fromkeys(
        ("tansig", "logsig", "purelin", "poslin", "satlin", "satlins"),
        'wg.mlp(…, activation="tansig", output_activation="purelin")',
    ),
    **dict.fromkeys(
        ("plotperform", "plottrainstate", "ploterrhist", "plotregression", "plotfit",
         "plotconfusion"), 'run.plot("plotregression"), …',
    ),
    **dict.fromkeys(("genFunction", "gensim"), 'wg.export(run.model, "f.py")'),
    "save": 'run.model.save("net.safetensors")',
}  # fmt: skip

_DIVISION = "split = [0.7, 0.15, 0.15]; of a network validation = 0.15, test = 0.15"
_ROWS = 'divide = {"train": […], "validation": […], "test": […]}, rows counted from 0'
_DAMPING = 'optimizer = {"name": "lm", "mu": 0.001, "mu_dec": 0.1, "mu_inc": 10}'
_STEPS = 'optimizer = {"name": "rprop", "delta0": 0.07, "delt_inc": 1.2, "delt_dec": 0.5}'

OPTIONS = {
    **dict.fromkeys(("max_fail", "maxfail"), "early_stopping = 6"),
    "trainparam": "its fields are options: epochs, goal, learning_rate, …",
    "trainfcn": 'optimizer = "trainlm"',
    "dividefcn": 'divide = "dividerand"',
    **dict.fromkeys(("divideparam", "trainratio", "valratio", "testratio", "split"), _DIVISION),
    **dict.fromkeys(("trainind", "valind", "testind"), _ROWS),
    "lr": "learning_rate = 0.01",
    "mc": 'optimizer = {"name": "momentum", "momentum": 0.9}, learning_rate = lr · (1 − mc)',
    **dict.fromkeys(("mu", "mu_dec", "mu_inc", "mu_max"), _DAMPING),
    "min_grad": 'optimizer = {"name": "lm", "min_gradient": 1e-7}',
    **dict.fromkeys(("delta0", "delt_inc", "delt_dec", "deltamax"), _STEPS),
    "mem_reduc": "leave it out: the Jacobian is gone through in blocks that fit the memory",
    **dict.fromkeys(("show", "showwindow", "showcommandline"), "quiet = True"),
    "time": "max_time = 60, in seconds",
    "performfcn": 'loss = "mse"',
    **dict.fromkeys(
        ("performparam", "regularization", "msereg"), 'l2 = 0.01, or optimizer = "trainbr"'
    ),
    **dict.fromkeys(("initfcn", "initnw"), 'init = "nguyen_widrow"'),
    "transferfcn": 'activation = "tansig", output_activation = "purelin"',
    "processfcns": 'scale = "minmax" (mapminmax), "standard" (mapstd)',
    **dict.fromkeys(("ew", "errorweights"), "sample_weight, one number a sample"),
    "class_weight": "sample_weight, the weight of each sample's class; MLPClassifier has both",
    **dict.fromkeys(("hiddensizes", "hiddenlayersize"), "hidden = [10]"),
    "rng": "seed = 1",
}

FIELDS = {
    "trainInd": 'run.parts["train"]',
    "valInd": 'run.parts["validation"]',
    "testInd": 'run.parts["test"]',
    "divideParam": "run.parts",
}


def option_hint(name: str, known: Iterable[str]) -> str:
    """What to write instead of an option that is not here: MATLAB's way here, or the nearest."""
    return OPTIONS.get(name.lower()) or nearest(name, known)


def missing_attribute(owner: str, name: str, known: Mapping[str, str]) -> AttributeError:
    """What Python says of a name that is not there, with what there is in its place."""
    instead = f"; in its place: {known[name]}" if name in known else ""
    return AttributeError(f"{owner} has no attribute {name!r}{instead}")
