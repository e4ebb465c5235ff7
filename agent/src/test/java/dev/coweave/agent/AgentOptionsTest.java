package dev.coweave.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.weave.Warnings;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullAndEmptySource;

class AgentOptionsTest {
  @ParameterizedTest
  @NullAndEmptySource
  void none_areTheDefaults(String text) {
    AgentOptions options = AgentOptions.parse(text);
    assertNull(options.dump());
    assertFalse(options.weaving().verify());
    assertTrue(options.weaving().selects("com/acme/Service"));
    assertEquals("no options", options.toString());
  }

  @Test
  void all_areRead() {
    String text =
        "include=com.acme.**:org.acme.Tool,exclude=com.acme.Old,coroutines=com.acme.Service.fetch,dump=out,verify";
    AgentOptions options = AgentOptions.parse(text);
    assertTrue(
        options.weaving().selects("com/acme/Service")
            && options.weaving().selects("org/acme/Tool"));
    assertFalse(
        options.weaving().selects("com/acme/Old") || options.weaving().selects("net/Other"));
    assertTrue(options.weaving().coroutines().matchesMethod("com/acme/Service", "fetch"));
    assertTrue(options.weaving().verify());
    assertEquals(Path.of("out"), options.dump());
    assertEquals(text, options.toString());
  }

  @Test
  void verify_mayBeSaidToBeFalse() {
    assertFalse(AgentOptions.parse("verify=false").weaving().verify());
  }

  @Test
  void warningsAndLog_areRead() {
    AgentOptions options = AgentOptions.parse("warnings=error,log=debug");
    assertEquals(Warnings.ERROR, options.weaving().warnings());
    assertTrue(options.debug());
    assertEquals("log=debug,warnings=error", options.toString());
    assertFalse(AgentOptions.DEFAULT.debug());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "verfy               | unknown option 'verfy'",
        "include=a,include=b | 'include' is given twice",
        "include             | 'include' needs patterns",
        "dump=               | 'dump' needs a directory",
        "verify=yes          | 'verify' is true or false, not 'yes'",
        "warnings=loud       | 'warnings' is on, off or error, not 'loud'",
        "log=trace           | 'log' is debug or info, not 'trace'",
        "=a                  | '=a' has no name",
        "include=a/b         | include: not a pattern: 'a/b'"
      })
  void aMistake_isAnErrorThatListsTheOptions(String text, String what) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> AgentOptions.parse(text)).getMessage();
    assertTrue(message.startsWith("coweave agent: " + what), message);
    assertTrue(
        message.endsWith(
            "; the options are include=PATTERNS, exclude=PATTERNS, coroutines=PATTERNS, dump=DIR,"
                + " warnings=on|off|error, log=debug and verify, separated by commas, with colons"
                + " between patterns: include=com.acme.**:org.acme.Tool,verify"),
        message);
  }
}
