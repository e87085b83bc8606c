"""Tiny ONNX models with the shapes of the real ones, whose answers can be worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET, IR = 17, 8


def save(path: Path, nodes: list, weights: dict[str, np.ndarray], takes: list, gives: list) -> Path:
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, takes)],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, gives)],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)
    onnx.save(model, path)
    return path


def classifier(path: Path, biases: dict[int, float], classes: int = 1000) -> Path:
    """Give class i the score `biases[i]`, plus the mean of the red channel for class 0; all others nothing."""
    weights = np.zeros((3, classes), np.float32)
    weights[0, 0] = 1
    bias = np.zeros(classes, np.float32)
    for index, score in biases.items():
        bias[index] = score
    nodes = [
        helper.make_node("ReduceMean", ["input"], ["means"], axes=[2, 3], keepdims=0),
        helper.make_node("Gemm", ["means", "weights", "bias"], ["output"]),
    ]
    return save(path, nodes, {"weights": weights, "bias": bias}, ["batch", 3, 224, 224], ["batch", classes])


def brightness_mask(path: Path, side: int = 32) -> Path:
    """Call the subject what is bright: the mean of the channels, pixel by pixel, beside a second, useless output."""
    nodes = [helper.make_node("ReduceMean", ["input"], ["output"], axes=[1], keepdims=1)]
    return save(path, nodes, {}, [1, 3, side, side], [1, 1, side, side])
