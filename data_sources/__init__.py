"""Ground floor: everything below the screen; knows nothing of Dash, Plotly or HTML."""
