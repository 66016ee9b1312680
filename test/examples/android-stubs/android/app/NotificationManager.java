package android.app;

import android.service.notification.StatusBarNotification;

public class NotificationManager {
    public static final int IMPORTANCE_HIGH = 4;
    public native void createNotificationChannel(NotificationChannel channel);
    public native void notify(String tag, int id, Notification notification);
    public native void cancel(String tag, int id);
    public native StatusBarNotification[] getActiveNotifications();
    public native boolean canUseFullScreenIntent();
}
