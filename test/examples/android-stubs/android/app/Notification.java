package android.app;

import android.content.Context;
import android.os.Bundle;

public class Notification {
    public static final String CATEGORY_CALL = "call";
    public Bundle extras;

    public static class Builder {
        public Builder(Context context, String channelId) {}
        public native Builder setSmallIcon(int icon);
        public native Builder setContentTitle(CharSequence title);
        public native Builder setContentText(CharSequence text);
        public native Builder setCategory(String category);
        public native Builder setContentIntent(PendingIntent intent);
        public native Builder setFullScreenIntent(PendingIntent intent, boolean isHighPriority);
        public native Builder setAutoCancel(boolean isAutoCancel);
        public native Builder setOngoing(boolean isOngoing);
        public native Builder setTimeoutAfter(long durationMs);
        public native Builder addExtras(Bundle extras);
        public native Notification build();
    }
}
