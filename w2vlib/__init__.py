"""What word2vec learns, in closed form.

The stages, in the order in which the data and the book go through them::

    text -> counts -> target matrix -> closed form | training -> embeddings -> what they mean
    corpus            targets          spectral, flow | training, forecasting  vectors, meaning

Each stage is a package; all public names are also here.
"""

from ._support.errors import W2VError
from .corpus import CorpusStatistics, count_cooccurrences, fetch_text8, load_statistics
from .flow import (
    ExactFlow,
    discrete_rates,
    effective_start,
    flow_loss,
    gradient_flow,
    learning_times,
    mode_strengths,
    stability_edge,
    untied_flow,
)
from .forecasting import Forecast, forecast
from .meaning import (
    AnalogyResult,
    MarchenkoPastur,
    RelationSpectrum,
    SimilarityResult,
    analogy_accuracy,
    analogy_families,
    analogy_table,
    bootstrap_accuracy,
    marchenko_pastur_fit,
    participation_ratio,
    relation_spectrum,
    relation_strength,
    similarity_correlation,
    task_vectors,
)
from .spectral import embeddings_from_matrix, pca_embeddings, subspace_overlap, top_eigenpairs
from .targets import m_star, m_star_operator, pmi, ppmi, weights_of
from .training import DivergenceError, History, sgns_embeddings, train
from .vectors import Embeddings

__all__ = [
    "AnalogyResult",
    "CorpusStatistics",
    "DivergenceError",
    "Embeddings",
    "ExactFlow",
    "Forecast",
    "History",
    "MarchenkoPastur",
    "RelationSpectrum",
    "SimilarityResult",
    "W2VError",
    "analogy_accuracy",
    "analogy_families",
    "analogy_table",
    "bootstrap_accuracy",
    "count_cooccurrences",
    "discrete_rates",
    "effective_start",
    "embeddings_from_matrix",
    "fetch_text8",
    "flow_loss",
    "forecast",
    "gradient_flow",
    "learning_times",
    "load_statistics",
    "m_star",
    "m_star_operator",
    "marchenko_pastur_fit",
    "mode_strengths",
    "participation_ratio",
    "pca_embeddings",
    "pmi",
    "ppmi",
    "relation_spectrum",
    "relation_strength",
    "sgns_embeddings",
    "similarity_correlation",
    "stability_edge",
    "subspace_overlap",
    "task_vectors",
    "top_eigenpairs",
    "train",
    "untied_flow",
    "weights_of",
]
