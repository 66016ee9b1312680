package android.os;

public final class Bundle {
    public native String getString(String key);
    public native void putString(String key, String value);
}
