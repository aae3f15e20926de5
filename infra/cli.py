"""The public commands of `./zhixing`."""

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Zhixing (执行) runs a court's enforcement bureau.")


@app.callback()
def main() -> None: ...


if __name__ == "__main__":
    app(prog_name="zhixing")
