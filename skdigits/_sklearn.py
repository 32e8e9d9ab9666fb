"""What we use of scikit-learn beyond its public names, or only where its version has it."""

from functools import wraps

# Parameter constraints are how scikit-learn's own estimators declare the ranges of constructor
# parameters, and `check_param_validation` reads them; there is no public name for them yet.
from sklearn.utils._param_validation import Interval, StrOptions, validate_parameter_constraints

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # scikit-learn < 1.9 has no callbacks: nothing to support

    class CallbackSupportMixin:
        """A stand-in that adds nothing."""

    def with_callbacks(method):
        """Wrap the method in a call of its own, so that warnings have as far to go as elsewhere."""

        @wraps(method)
        def call(*args, **kwargs):
            return method(*args, **kwargs)

        return call


__all__ = [
    "CallbackSupportMixin",
    "FitTask",
    "Interval",
    "StrOptions",
    "validate_parameter_constraints",
    "with_callbacks",
    "within_a_search",
]


def within_a_search(estimator):
    """Whether a meta-estimator other than a Pipeline is fitting the estimator (from 1.9 on)."""
    # Meta-estimators that support callbacks hang their task onto the estimators that they fit.
    context = getattr(estimator, "_parent_callback_ctx", None)
    while context is not None and context.estimator_name == "Pipeline":
        context = context.parent
    return context is not None


class FitTask:
    """scikit-learn's callbacks at work on one fit: a tree of starts and iterations.

    A context exists only while its task runs: a new iteration's is opened when the one before has
    ended, and the last, which scipy may leave unfinished, is closed by `end`.
    """

    def __init__(self, context, call):
        self._context = context
        self._call = call  # what every hook gets
        self._parts = 0
        self._part = None  # the running subtask
        context.call_on_fit_task_begin(**call)

    @classmethod
    def open(cls, estimator, max_subtasks, X, y, metadata):
        """The task of estimator's fit, or None where no callback is registered."""
        # The registered callbacks have no public getter; building a tree of contexts that nobody
        # listens to would cost every fit.
        if not getattr(estimator, "_skl_callbacks", None):
            return None
        context = estimator._init_callback_context(max_subtasks=max_subtasks)
        return cls(context, {"estimator": estimator, "X": X, "y": y, "metadata": metadata})

    def subtask(self, task_name, max_subtasks=0):
        """A task within this one: one of several starts, or an iteration."""
        context = self._context.subcontext(task_name=task_name, max_subtasks=max_subtasks)
        return FitTask(context, self._call)

    def next_iteration(self):
        """Open the context of the iteration that scipy is about to run, if one is left."""
        limit = self._context.max_subtasks
        if limit is None or self._parts < limit:
            self._part = self.subtask("iteration")
            self._parts += 1

    def end_iteration(self, attributes):
        """Close the iteration; True if a callback asks to stop."""
        stop = self._part is not None and self._part._end(attributes)
        self._part = None
        if not stop:
            self.next_iteration()
        return stop

    def end(self, attributes):
        """Close the task and what scipy left unfinished in it; True if a callback asks to stop."""
        if self._part is not None:
            self._part._end(None)
            self._part = None
        return self._end(attributes)

    def _end(self, attributes):
        return self._context.call_on_fit_task_end(
            **self._call, reconstruction_attributes=attributes
        )
