package android.service.notification;

import android.app.Notification;

public class StatusBarNotification {
    public native String getTag();
    public native int getId();
    public native Notification getNotification();
}
