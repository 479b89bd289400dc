"""/api/library-materials/ and /api/library-shares/"""

from library.api.materials import MaterialViewSet
from library.api.shares import ShareViewSet

routes = [("library-materials", MaterialViewSet), ("library-shares", ShareViewSet)]
