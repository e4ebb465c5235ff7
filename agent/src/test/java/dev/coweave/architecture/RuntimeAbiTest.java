package dev.coweave.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.coroutine.Stamp;
import dev.coweave.coroutine.WovenClasses;
import dev.coweave.weave.analysis.RuntimeAbi;
import dev.coweave.weave.analysis.RuntimeMember;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.objectweb.asm.Type;

/** The weaver names the runtime and doesn't depend on it; here the names meet what they stand for. */
class RuntimeAbiTest {
  @Test
  void version_isTheStamps() {
    assertEquals(Stamp.ABI, RuntimeAbi.VERSION);
  }

  @Test
  void classNames_areClassesOfTheRuntime() throws ReflectiveOperationException {
    for (Map.Entry<String, String> constant : constants()) {
      if (isClassName(constant.getValue())) {
        load(constant.getValue());
      }
    }
    for (String type : RuntimeAbi.GENERATOR_TYPES) {
      load(type);
    }
    for (String type : RuntimeAbi.ASYNC_GENERATOR_TYPES) {
      load(type);
    }
    for (String type : RuntimeAbi.ASYNC_TYPES) {
      load(type);
    }
  }

  @Test
  void memberNames_areMembersOfThoseClasses() throws ReflectiveOperationException {
    Set<String> members = new HashSet<>(Set.of(WovenClasses.MARK));
    for (Map.Entry<String, String> constant : constants()) {
      if (isClassName(constant.getValue())) {
        members(load(constant.getValue())).map(Member::getName).forEach(members::add);
      }
    }
    for (Map.Entry<String, String> constant : constants()) {
      String value = constant.getValue();
      if (!value.contains("/")) {
        assertTrue(
            members.contains(value),
            "RuntimeAbi." + constant.getKey() + ": no member of the runtime is called " + value);
      }
    }
  }

  @Test
  void qualifiedNames_areMethodsOfTheirClass() throws ReflectiveOperationException {
    for (Map.Entry<String, String> constant : constants()) {
      String value = constant.getValue();
      int dot = value.indexOf('.');
      if (dot > 0) {
        String name = value.substring(dot + 1);
        assertTrue(
            members(load(value.substring(0, dot))).anyMatch(m -> m.getName().equals(name)),
            constant.toString());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void member_isTheRuntimes_byOwnerNameAndType(RuntimeMember m)
      throws ReflectiveOperationException {
    Class<?> owner = load(m.owner());
    Member found =
        members(owner)
            .filter(d -> d.getName().equals(m.member()) && desc(d).equals(m.desc()))
            .findFirst()
            .orElseThrow(() -> new AssertionError(m + ": no " + m.member() + " " + m.desc()));
    boolean isStatic =
        m.kind() == RuntimeMember.Kind.STATIC || m.kind() == RuntimeMember.Kind.STATIC_FIELD;
    assertEquals(isStatic, Modifier.isStatic(found.getModifiers()));
    assertEquals(m.kind() == RuntimeMember.Kind.INTERFACE, owner.isInterface());
    assertEquals(
        m.kind() == RuntimeMember.Kind.FIELD || m.kind() == RuntimeMember.Kind.STATIC_FIELD,
        found instanceof Field);
  }

  /** Templates are the same for both kinds of generators. */
  @Test
  void membersOfAsyncGenerators_areCalledAsThoseOfGenerators() {
    assertEquals(RuntimeMember.GENERATOR_STATE.member(), RuntimeMember.ASYNC_STATE.member());
    assertEquals(RuntimeMember.GENERATOR_ELEMENT.member(), RuntimeMember.ASYNC_ELEMENT.member());
    assertEquals(RuntimeMember.GENERATOR_KEEP.desc(), RuntimeMember.ASYNC_KEEP.desc());
    assertEquals(RuntimeMember.GENERATOR_RETURNED.desc(), RuntimeMember.ASYNC_RETURNED.desc());
    assertEquals(RuntimeMember.STEP.desc(), RuntimeMember.ASYNC_STEP.desc());
    assertEquals(RuntimeMember.CLEAR.desc(), RuntimeMember.ASYNC_CLEAR.desc());
  }

  private static String desc(Member m) {
    return m instanceof Method method
        ? Type.getMethodDescriptor(method)
        : Type.getDescriptor(((Field) m).getType());
  }

  private static boolean isClassName(String value) {
    return value.contains("/") && !value.contains(".");
  }

  private static Class<?> load(String name) throws ClassNotFoundException {
    String internal =
        name.startsWith("L") && name.endsWith(";") ? name.substring(1, name.length() - 1) : name;
    return Class.forName(internal.replace('/', '.'), false, RuntimeAbiTest.class.getClassLoader());
  }

  private static Stream<Member> members(Class<?> c) {
    return Stream.concat(
        Arrays.stream(c.getDeclaredMethods()), Arrays.stream(c.getDeclaredFields()));
  }

  private static List<Map.Entry<String, String>> constants() throws IllegalAccessException {
    List<Map.Entry<String, String>> result = new ArrayList<>();
    for (Field field : RuntimeAbi.class.getFields()) {
      if (Modifier.isStatic(field.getModifiers()) && field.getType() == String.class) {
        result.add(Map.entry(field.getName(), (String) field.get(null)));
      }
    }
    return result;
  }
}
