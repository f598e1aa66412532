"""A simulated eBox: the message registry over the wire, and the people who read and answer."""

from dev.simulators.ebox.app import create_app
from dev.simulators.ebox.settings import EboxSimulatorSettings, Person

__all__ = ["EboxSimulatorSettings", "Person", "create_app"]
