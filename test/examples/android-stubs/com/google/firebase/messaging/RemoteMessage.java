package com.google.firebase.messaging;

import java.util.Map;

public final class RemoteMessage {
    public native Map<String, String> getData();
    public native Notification getNotification();

    public static class Notification {
        public native String getTitle();
        public native String getBody();
    }
}
