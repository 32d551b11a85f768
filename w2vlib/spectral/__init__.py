"""Matrix -> top eigenpairs -> PCA embeddings; overlap of subspaces."""

from ._eigenpairs import top_eigenpairs
from ._factorise import embeddings_from_matrix, pca_embeddings
from ._overlap import subspace_overlap

__all__ = ["embeddings_from_matrix", "pca_embeddings", "subspace_overlap", "top_eigenpairs"]
