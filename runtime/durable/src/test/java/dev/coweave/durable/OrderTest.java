package dev.coweave.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.coweave.Coroutine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** The order of the manual: a payment, a week's approval, a shipment or a refund. */
class OrderTest {
  record Order(String id, long cents) {}

  record Approval(boolean given) {}

  record Receipt(String payment, int parcels) {}

  static final class Declined extends Exception {
    Declined(Throwable cause) {
      super(cause);
    }
  }

  /** What would be a bank. */
  static final class Bank {
    final List<String> charged = new ArrayList<>();
    final List<String> refunded = new ArrayList<>();

    String charge(Order o, String key) {
      charged.add(key);
      return "payment of " + o.id();
    }

    String refund(String payment, String key) {
      refunded.add(payment);
      return "refunded";
    }
  }

  static final class Orders {
    private final Bank bank;

    Orders(Bank bank) {
      this.bank = bank;
    }

    @Durable("order")
    @Coroutine
    Receipt order(Order o) throws Declined {
      String payment = Durable.step("charge", key -> bank.charge(o, key));
      try {
        Approval a = Durable.receive("approval", Approval.class, Duration.ofDays(7));
        return Durable.transaction("ship", connection -> new Receipt(payment, a.given() ? 1 : 0));
      } catch (TimeoutException e) {
        Durable.step("refund", key -> bank.refund(payment, key));
        throw new Declined(e);
      }
    }
  }

  private final Bank bank = new Bank();
  private final Orders orders = new Orders(bank);

  private DurableEngine engine() {
    return DurableEngine.inMemory().service("orders", orders);
  }

  @Test
  void approved_isShipped() {
    try (DurableEngine engine = engine()) {
      Run<Receipt> run = engine.start("order-17", () -> orders.order(new Order("17", 100)));
      engine.send("order-17", "approval", new Approval(true));
      assertEquals(new Receipt("payment of 17", 1), run.join());
      assertEquals(1, bank.charged.size());
    }
  }

  @Test
  void notApproved_isRefundedAfterAWeek() {
    try (DurableEngine engine = engine()) {
      Run<Receipt> run = engine.start("order-17", () -> orders.order(new Order("17", 100)));
      engine.advance(Duration.ofDays(6));
      assertEquals(List.of(), bank.refunded);
      engine.advance(Duration.ofDays(1));
      Declined e = assertThrows(Declined.class, run::join);
      assertEquals(TimeoutException.class, e.getCause().getClass());
      assertEquals(List.of("payment of 17"), bank.refunded);
    }
  }
}
