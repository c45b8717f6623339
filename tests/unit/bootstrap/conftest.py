import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # correctedscenes.py, which several tests draw from
