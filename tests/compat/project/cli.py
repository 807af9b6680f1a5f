import click


@click.command()
@click.option("--width", default=3, help="How wide")
@click.option("--name", default="line")
@click.option("--loud", is_flag=True)
def main(width, name, loud):
    text = name + " " + "-" * width
    print(text.upper() if loud else text)


if __name__ == "__main__":
    main()
