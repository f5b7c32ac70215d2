"""The Streamlit dashboard; reads and writes only through the ports."""
