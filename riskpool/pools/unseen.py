"""What a viewer may not see does not exist: a query's DoesNotExist is the page that is not there."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model

    View = Callable[..., HttpResponse]


def not_there(*models: type[Model]) -> Callable[[View], View]:
    """Answer 404 when one of these models' DoesNotExist comes out of a view; any other fault stays a fault."""
    absent = tuple(model.DoesNotExist for model in models)  # type: ignore[attr-defined]

    def wrap(view: View) -> View:
        @wraps(view)
        def answer(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except absent as fault:
                raise Http404 from fault

        return answer

    return wrap
