"""What is in the database."""

from . import db


class Role(db.Model):
    """What a user may do."""

    __tablename__ = "roles"
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(64), unique=True)

    @staticmethod
    def insert_roles():
        """Put in those that are missing."""
        for name in ("User", "Moderator", "Administrator"):
            if Role.query.filter_by(name=name).first() is None:
                db.session.add(Role(name=name))
        db.session.commit()
