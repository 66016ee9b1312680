package android.app;

import android.content.Context;
import android.content.Intent;
import android.os.Bundle;

public class Activity extends Context {
    protected native void onCreate(Bundle savedInstanceState);
    protected native void onNewIntent(Intent intent);
    public native Intent getIntent();
    public native void setIntent(Intent intent);
    public native void requestPermissions(String[] permissions, int requestCode);
}
