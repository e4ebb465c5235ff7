package dev.coweave.weave;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PatternsTest {
  @Test
  void twoStars_areAPackageWithAllBelowIt() {
    Patterns p = Patterns.parse("com.acme.**");
    assertTrue(p.matchesClass("com/acme/Service"));
    assertTrue(p.matchesClass("com/acme/deep/er/Service"));
    assertFalse(p.matchesClass("com/acmes/Service"));
    assertFalse(p.matchesClass("org/com/acme/Service"));
  }

  @Test
  void oneStar_isOnePackage() {
    Patterns p = Patterns.parse("com.acme.*");
    assertTrue(p.matchesClass("com/acme/Service"));
    assertFalse(p.matchesClass("com/acme/deep/Service"));
  }

  @Test
  void aClass_includesItsNestedOnes() {
    Patterns p = Patterns.parse("com.acme.Service");
    assertTrue(p.matchesClass("com/acme/Service"));
    assertTrue(p.matchesClass("com/acme/Service$Inner$1"));
    assertFalse(p.matchesClass("com/acme/Services"));
  }

  @Test
  void aMethod_matchesThatMethodAlone() {
    Patterns p = Patterns.parse("com.acme.Service.fetch");
    assertTrue(p.matchesMethod("com/acme/Service", "fetch"));
    assertFalse(p.matchesMethod("com/acme/Service", "store"));
    assertFalse(p.matchesClass("com/acme/Service"));
  }

  @Test
  void aClassOrPackage_matchesAllItsMethods() {
    assertTrue(Patterns.parse("com.acme.Service").matchesMethod("com/acme/Service", "fetch"));
    assertTrue(Patterns.parse("com.**").matchesMethod("com/acme/Service", "fetch"));
  }

  @Test
  void aStarInAName_standsForAnyCharactersButTheDot() {
    Patterns p = Patterns.parse("com.*.Ser*ice.fetch*");
    assertTrue(p.matchesMethod("com/acme/Service", "fetchAll"));
    assertFalse(p.matchesMethod("com/acme/x/Service", "fetchAll"));
  }

  @Test
  void aDollar_isMeantLiterally() {
    assertTrue(Patterns.parse("com.acme.Service$Inner").matchesClass("com/acme/Service$Inner"));
    assertFalse(Patterns.parse("com.acme.Service$Inner").matchesClass("com/acme/Service"));
  }

  @Test
  void several_areSeparatedByCommasOrSpace() {
    Patterns p = Patterns.parse(" com.acme.A, com.acme.B\n com.acme.C ");
    assertTrue(
        p.matchesClass("com/acme/A")
            && p.matchesClass("com/acme/B")
            && p.matchesClass("com/acme/C"));
    assertEquals("com.acme.A,com.acme.B,com.acme.C", p.toString());
  }

  @Test
  void none_matchesNothing() {
    assertSame(Patterns.NONE, Patterns.parse(" , "));
    assertFalse(Patterns.NONE.matchesClass("A") || Patterns.NONE.matchesMethod("A", "b"));
  }

  @Test
  void aCharacterThatNoNameHas_isAnError() {
    String message =
        assertThrows(IllegalArgumentException.class, () -> Patterns.parse("com/acme")).getMessage();
    assertEquals(
        "not a pattern: 'com/acme'; write com.acme.**, com.acme.Service or com.acme.Service.method",
        message);
  }
}
