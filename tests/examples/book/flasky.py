"""The application, and the command that a release runs."""

import os

from app import create_app, db
from app.models import Role
from flask_migrate import Migrate, upgrade

app = create_app(os.getenv("FLASK_CONFIG") or "default")
migrate = Migrate(app, db)


@app.cli.command()
def deploy():
    """Migrate the database and put in what is always there."""
    upgrade()
    Role.insert_roles()
    print(f"deployed with {Role.query.count()} roles as {os.environ.get('DYNO', 'nobody')}")
