// A JDK 25: the one that runs this build, one beside it, or where CI says.
def homes = [System.getenv('JAVA_HOME_25_X64'), System.getProperty('java.home')].findAll { it }.collect { new File(it) }
homes += new File(System.getProperty('java.home')).canonicalFile.parentFile.listFiles().toList()
def jdk = homes.find { new File(it, 'bin/javac').exists() && new File(it, 'release').exists() && new File(it, 'release').text.contains('JAVA_VERSION="25') }
if (jdk == null) {
  println 'no JDK 25 is here: skipped'
  return false
}
new File(basedir, 'toolchains.xml').text = """<toolchains>
  <toolchain>
    <type>jdk</type>
    <provides><version>25</version></provides>
    <configuration><jdkHome>${jdk}</jdkHome></configuration>
  </toolchain>
</toolchains>
"""
return true
