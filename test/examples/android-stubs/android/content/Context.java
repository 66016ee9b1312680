package android.content;

public class Context {
    public static final int MODE_PRIVATE = 0;
    public native <T> T getSystemService(Class<T> service);
    public native SharedPreferences getSharedPreferences(String name, int mode);
    public native String getPackageName();
    public native void startActivity(Intent intent);
}
