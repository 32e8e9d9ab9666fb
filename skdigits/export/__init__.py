"""Fitted models in the formats of others: scikit-learn's own network, ONNX, JSON, C.

Each export says the same as ``predict_proba``, and reads a model through `Formula` alone.
"""

from skdigits.export.mlp import to_mlpclassifier
from skdigits.export.onnx_files import register_skl2onnx, to_onnx
from skdigits.export.texts import to_c, to_json

__all__ = ["register_skl2onnx", "to_c", "to_json", "to_mlpclassifier", "to_onnx"]
