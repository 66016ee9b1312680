package android.content;

import android.net.Uri;

public class Intent {
    public static final int FLAG_ACTIVITY_SINGLE_TOP = 0x20000000;
    public Intent(String action) {}
    public Intent(Context context, Class<?> target) {}
    public native Intent setData(Uri data);
    public native Intent addFlags(int flags);
    public native Intent putExtra(String name, String value);
    public native String getStringExtra(String name);
}
