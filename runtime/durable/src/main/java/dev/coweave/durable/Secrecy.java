package dev.coweave.durable;

/**
 * Encrypts values before they are stored, and decrypts them when they are loaded. Names are stored as they are. Must be thread-safe; what it
 * throws parks the run.
 *
 * <pre>{@code DurableOptions.defaults().secrecy(new Secrecy() {
 *   public String encrypt(String text) { return vault.encrypt(text); }
 *   public String decrypt(String text) { return vault.decrypt(text); }   // whatever key it was encrypted with: keys change, runs stay
 * }) }</pre>
 */
public interface Secrecy {
  /** Stores values as they are. */
  Secrecy NONE =
      new Secrecy() {
        @Override
        public String encrypt(String text) {
          return text;
        }

        @Override
        public String decrypt(String text) {
          return text;
        }
      };

  /**
   * Encrypts a value.
   *
   * @param text the value as JSON
   * @return any text
   */
  String encrypt(String text);

  /**
   * Decrypts a value.
   *
   * @param text as {@link #encrypt} returned it
   */
  String decrypt(String text);
}
