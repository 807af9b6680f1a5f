"""The main module that does nothing."""


def test_pass(project):
    p = project(
        {
            "guild.yml": "stub: {main: guild.pass, flags: {x: 1}}\n"
            "words: {main: guild.pass a 'b c'}\n"
            "args: {main: guild.pass, flags-dest: args, flags: {x: 1}}\n"
        }
    )
    p.run("run", "stub", "-y").assert_ok().assert_out("")
    p.run("run", "words", "-y").assert_ok().assert_out("a 'b c'")
    p.run("run", "args", "-y").assert_ok().assert_out("--x 1")
