"""The error for what a group does not do."""


class Refused(Exception):
    """A request that the group understands and does not fulfill; every worker raises it alike."""
