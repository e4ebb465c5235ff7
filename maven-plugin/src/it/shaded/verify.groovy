def java = System.getProperty('java.home') + '/bin/java'
// Beside nothing: what it needs is in the jar, under the new name alone.
def run = [java, '-cp', new File(basedir, 'target/shaded-1.jar').path, 'app.Main'].execute()
def out = new StringBuilder(), err = new StringBuilder()
run.waitForProcessOutput(out, err)
if (out.toString().trim() != 'the renamed runtime says 10') throw new AssertionError("$out$err")
def names = new java.util.jar.JarFile(new File(basedir, 'target/shaded-1.jar')).entries().collect { it.name }
if (names.any { it.startsWith('dev/coweave/') && it.endsWith('.class') }) throw new AssertionError('not renamed: ' + names)
