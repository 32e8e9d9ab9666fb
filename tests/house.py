"""The rules of the house: which folder may open which door, and which room which within a folder.

`test_architecture.py` holds the code to them; `docs/draw_house.py` draws them.
"""

# Lowest floor first. A folder imports from others through their doors (their `__init__`) only.
FOLDERS = {
    "_sklearn": set(),
    "network": set(),
    "fitting": {"_sklearn", "network"},
    "plotting": {"_sklearn"},
    "classifier": {"_sklearn", "network", "fitting"},
    "searching": {"_sklearn", "network", "fitting", "classifier"},
    "files": {"_sklearn", "network", "fitting", "classifier"},
    "datasets": {"files"},
    "__init__": {"classifier", "network", "searching", "files"},
    "pages": {"__init__", "plotting", "classifier", "datasets"},
    "commands": {"__init__", "plotting", "datasets", "pages"},
    "__main__": {"commands"},
}

# Within a folder each room imports only from rooms above it in this list.
ROOMS = {
    "network": {
        "parameters": set(),
        "pointwise": set(),
        "blas": set(),
        "blocks": {"blas"},
        "stack": {"parameters", "pointwise", "blocks"},
        "output_layer": {"pointwise", "blocks", "stack"},
        "projection": {"parameters", "blas", "blocks", "stack", "output_layer"},
        "objective": {"parameters", "pointwise", "blocks", "stack", "projection"},
    },
    "fitting": {
        "solvers": set(),
        "optimize": {"solvers"},
        "problem": {"solvers", "optimize"},
        "labels": set(),
        "rows": {"labels"},
        "sampling": {"optimize"},
        "watches": {"labels"},
        "plan": {"solvers", "problem", "labels", "rows", "sampling"},
        "advice": {"optimize"},
        "descent": {"advice", "optimize", "sampling", "watches"},
        "progress": set(),
    },
    "plotting": {
        "axes": set(),
        "grid_display": {"axes"},
        "prediction_display": {"axes"},
        "confusion_display": {"axes"},
        "network_displays": {"axes"},
        "search_displays": {"axes"},
    },
    "searching": {
        "lockstep": set(),
        "warm_path": set(),
        "together": {"lockstep", "warm_path"},
        "fit_files": {"together"},
        "keys": set(),
        "recall": {"keys"},
        "alone": set(),
        "planning": {"alone", "keys"},
        "scoring": set(),
        "worker": {"alone", "planning", "together", "fit_files", "scoring"},
        "telling": set(),
        "workers": set(),
        "batched": {
            "workers",
            "alone",
            "fit_files",
            "recall",
            "planning",
            "scoring",
            "worker",
            "telling",
        },
        "search": {"batched"},
    },
    "files": {
        "npz_files": set(),
        "whole_files": set(),
        "splines": set(),
        "trust": set(),
        "model_arrays": {"npz_files"},
        "skops_files": {"npz_files", "splines", "trust"},
        "persistence": {"whole_files", "model_arrays", "skops_files"},
    },
    "datasets": {
        "image_files": set(),
        "reduction": set(),
        "sources": {"image_files", "reduction"},
        "loader": {"sources"},
        "normalization": {"reduction"},
        "distortions": set(),
    },
    "pages": {
        "html_page": set(),
        "draw_page": {"html_page"},
        "report": {"html_page"},
    },
    "commands": {
        "command": set(),
        "pictures": set(),
        "search_command": {"command", "pictures"},
        "draw_command": {"command"},
        "cli": {"command", "pictures", "search_command", "draw_command"},
    },
}
