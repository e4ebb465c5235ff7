import java.util.zip.ZipFile

String log = new File(basedir, 'build.log').text
def says = { String text -> if (!log.contains(text)) throw new AssertionError('not in build.log: ' + text) }
says '[WARNING] coweave: JaCoCo measures what is woven here'
says '[INFO] coweave: argLine set to weave in the tests\' JVM'
assert log.split('Tests run: 1, Failures: 0, Errors: 0, Skipped: 0, Time', -1).length == 4

// lines as they were written, with missed and covered instructions and branches
def lines = { String report ->
  def parser = new groovy.xml.XmlSlurper(false, false)
  parser.setFeature('http://apache.org/xml/features/nonvalidating/load-external-dtd', false)
  parser.setFeature('http://apache.org/xml/features/disallow-doctype-decl', false)
  parser.parse(new File(basedir, report + '/jacoco.xml')).'package'.sourcefile.line.collectEntries {
    [it.@nr.text() as int, (it.@ci != '0' ? it.@mi == '0' ? '+' : '~' : '-') + it.@mb + it.@cb]
  }
}
def whole = [6: '+00', 9: '+00', 10: '+00', 11: '+11', 12: '-00', 14: '+00']
assert lines('report-agent') == whole
assert lines('report-offline') == whole

// what is published was woven, and has no probes
new ZipFile(new File(basedir, 'target/coverage-1.jar')).withCloseable { jar ->
  assert jar.getEntry('it/Greeter$$greet.class') != null
  String greeter = new String(jar.getInputStream(jar.getEntry('it/Greeter.class')).bytes, 'ISO-8859-1')
  assert greeter.contains('dev/coweave/coroutine/Continuation')
  assert !greeter.contains('$jacoco')
}
